/* The batch script of a round. It has to be sound on its own: a node may die in it, Slurm may run
 * it a second time, and the time limit ends it with SIGTERM and, a little later, SIGKILL. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slurm_round.h"

/* As a word of sh. */
static void quote_sh(const char* text, FILE* out) {
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        fputs(*text == '\'' ? "'\\''" : (char[]){*text, '\0'}, out);
    }
    fputc('\'', out);
}

/* As a word of an #SBATCH line. */
static void option(const char* name, const char* value, FILE* out) {
    fprintf(out, "#SBATCH \"%s", name);
    for (; *value != '\0'; value++) {
        fputs(*value == '"' || *value == '\\' ? "\\" : "", out);
        fputc(*value, out);
    }
    fputs("\"\n", out);
}

/* % stands for something in the name of a log. */
static void log_option(const slurm_place* place, unsigned number, FILE* out) {
    fputs("#SBATCH \"--output=", out);
    for (const char* at = place->folder; *at != '\0'; at++) {
        fputs(*at == '%' ? "%%" : *at == '"' ? "\\\"" : (char[]){*at, '\0'}, out);
    }
    fprintf(out, "/round-%u/log/%%a.txt\"\n", number);
}

static bool write_options(const slurm_place* place, const slurm_round* r, FILE* out) {
    const assay_slurm_settings* s = place->settings;
    char name[SLURM_NAME];
    slurm_round_name(place, r->number, name);
    fprintf(out, "#SBATCH --job-name=%s\n#SBATCH --array=1-%zu\n", name, r->task_count);
    fprintf(out, "#SBATCH --ntasks=1\n#SBATCH --cpus-per-task=%u\n", s->jobs);
    fputs("#SBATCH --requeue\n#SBATCH --open-mode=append\n", out);
    if (s->minutes > 0) {
        fprintf(out, "#SBATCH --time=%llu\n", (unsigned long long)s->minutes);
    }
    if (s->partition != NULL) {
        option("--partition=", s->partition, out);
    }
    if (s->account != NULL) {
        option("--account=", s->account, out);
    }
    char* here = getcwd(NULL, 0);
    if (here != NULL) {
        option("--chdir=", here, out);
    }
    log_option(place, r->number, out);
    for (size_t i = 0; i < s->word_count; i++) {
        option("", s->words[i], out);
    }
    free(here);
    return here != NULL;
}

static void write_names(const slurm_place* place, const slurm_round* r, FILE* out) {
    const assay_slurm_settings* s = place->settings;
    fputs("\nset -u\nprogram=", out);
    quote_sh(s->program, out);
    fputs("\nspec=", out);
    quote_sh(s->spec, out);
    fputs("\nfolder=", out);
    quote_sh(place->folder, out);
    fprintf(out, "\nround=%u\ntasks=%zu\njobs=%u\nlimit=%u\n", r->number, r->task_count, s->jobs,
            s->limit_s);
}

/* - The store is made on the node's own disk: SQLite must not be written over a network.
 * - `wait` ends early when a signal comes; the second loop waits for the end itself.
 * - Slurm sends SIGTERM to all processes of a task, or to the script alone, depending on who asks
 * for it; a second one would end the program before it has tidied up, so ours comes late.
 * - What SIGTERM left is handed over, too: these points need not be computed again.
 * - A write-ahead log stays behind only where the program was killed; merging folds it in.
 * - The shard appears under its name whole or not at all. */
static const char body[] =
    "\n"
    "scratch=$(mktemp -d \"${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/assay-XXXXXX\") || exit 1\n"
    "child=\n"
    "trap 'rm -rf \"$scratch\"' EXIT\n"
    "trap '(sleep 3; kill -TERM \"$child\") 2>/dev/null &' TERM INT\n"
    "\"$program\" sweep \"$spec\" --points \"$folder/round-$round/points\" \\\n"
    "    --shard \"$SLURM_ARRAY_TASK_ID/$tasks\" --store \"$scratch/shard.sqlite\" \\\n"
    "    --jobs \"$jobs\" --limit \"$limit\" --quiet &\n"
    "child=$!\n"
    "wait \"$child\"\n"
    "status=$?\n"
    "while kill -0 \"$child\" 2>/dev/null; do\n"
    "    wait \"$child\"\n"
    "    status=$?\n"
    "done\n"
    "shard=$scratch/shard.sqlite\n"
    "if [ -e \"$shard-wal\" ]; then\n"
    "    \"$program\" store merge \"$scratch/whole.sqlite\" \"$shard\" || exit 1\n"
    "    shard=$scratch/whole.sqlite\n"
    "fi\n"
    "if [ -e \"$shard\" ]; then\n"
    "    name=$round-$SLURM_ARRAY_TASK_ID.sqlite\n"
    "    cp \"$shard\" \"$folder/done/.$name.$SLURM_JOB_ID\" &&\n"
    "        mv -f \"$folder/done/.$name.$SLURM_JOB_ID\" \"$folder/done/$name\" || status=1\n"
    "fi\n"
    "exit \"$status\"\n";

bool slurm_script_write(const slurm_place* place, const slurm_round* round, FILE* out) {
    fprintf(out, "#!/bin/sh\n# assay sweep: %zu points in %zu tasks\n", round->points.count,
            round->task_count);
    bool good = write_options(place, round, out);
    write_names(place, round, out);
    fputs(body, out);
    return good;
}
