#include "timeline.hpp"

namespace assay {

void Timeline::tell(const assay_timeline_event& event) {
    stopped_ = stopped_ || !callback_(user_, &event);
}

void Timeline::slice(const std::string& row, const std::string& name, uint64_t begin, uint64_t end,
                     std::initializer_list<assay_count> figures) {
    if (begin >= end) {
        return;
    }
    assay_timeline_event event{};
    event.layer = layer_.c_str();
    event.row = row.c_str();
    event.name = name.c_str();
    event.begin = origin_ + begin;
    event.end = origin_ + end;
    event.figures = figures.begin();
    event.figure_count = figures.size();
    tell(event);
}

void Timeline::level(const std::string& row, const char* name, uint64_t cycle, uint64_t value) {
    assay_timeline_event event{};
    event.layer = layer_.c_str();
    event.row = row.c_str();
    event.name = name;
    event.level = true;
    event.begin = event.end = origin_ + cycle;
    event.value = value;
    tell(event);
}

} // namespace assay
