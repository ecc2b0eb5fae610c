#include "log_line.h"

#define FIELD(name, member)                                                                        \
    { name, offsetof(assay_record, member) }
const assay_record_field assay_record_fields[ASSAY_RECORD_FIELDS] = {
    FIELD("reward", score.reward), FIELD("accuracy", accuracy), FIELD("loss", loss),
    FIELD("seconds", seconds),     FIELD("energy_j", energy_j), FIELD("size_bytes", size_bytes),
    FIELD("area_mm2", area_mm2),   FIELD("bops", bops),         FIELD("violation", score.violation),
};

void assay_log_line_write(const assay_log_line* line, assay_json_writer* out) {
    assay_json_begin_object(out, NULL);
    assay_json_write_uint(out, "evaluation", line->evaluation);
    assay_json_write_string(out, "phase", line->phase);
    assay_json_begin_array(out, "x");
    for (size_t i = 0; i < line->variables; i++) {
        assay_json_write_uint(out, NULL, line->x[i]);
    }
    assay_json_end_array(out);
    assay_json_write_string(out, "policy_hash", line->hash);
    for (size_t i = 0; i < ASSAY_RECORD_FIELDS; i++) {
        assay_json_write_real(out, assay_record_fields[i].name, assay_record_get(&line->record, i));
    }
    assay_json_begin_array(out, "objectives");
    for (size_t i = 0; i < line->record.score.objective_count; i++) {
        assay_json_write_real(out, NULL, line->record.score.objectives[i]);
    }
    assay_json_end_array(out);
    assay_json_write_real(out, "budget_used", line->used);
    assay_json_write_bool(out, "known", line->known);
    assay_json_write_real(out, "wall_s", line->wall_s);
    assay_json_end_object(out);
}
