// Everything that a run told its timeline, and what must hold of it whatever the machine.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "assay/sim.h"

namespace assay_test {

struct TimelineEvent {
    std::string layer, row, name;
    bool level = false;
    uint64_t begin = 0, end = 0, value = 0;
    std::map<std::string, uint64_t> figures;

    std::string text() const {
        std::string all = layer + "/" + row + "/" + name + " " + std::to_string(begin) + ".." +
                          std::to_string(end) + " " + std::to_string(value);
        for (const auto& [key, number] : figures) {
            all += " " + key + "=" + std::to_string(number);
        }
        return all;
    }
};

struct TimelineRecord {
    std::vector<TimelineEvent> events;
    size_t stop_at = SIZE_MAX; // events

    static bool tell(void* user, const assay_timeline_event* e) {
        auto* self = static_cast<TimelineRecord*>(user);
        TimelineEvent event{e->layer, e->row, e->name, e->level, e->begin, e->end, e->value, {}};
        for (size_t i = 0; i < e->figure_count; ++i) {
            event.figures[e->figures[i].name] = e->figures[i].value;
        }
        self->events.push_back(event);
        return self->events.size() < self->stop_at;
    }

    // Row by row, as texts.
    std::vector<std::string> sorted() const {
        std::vector<std::string> all;
        for (const TimelineEvent& e : events) {
            all.push_back(e.text());
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    // Over slices of rows whose name begins so; `name` "": all.
    uint64_t cycles(const std::string& row, const std::string& name = "") const {
        return sum(row, name, [](const TimelineEvent& e) { return e.end - e.begin; });
    }
    uint64_t figure(const std::string& row, const std::string& name,
                    const std::string& figure) const {
        return sum(row, name, [&](const TimelineEvent& e) {
            const auto found = e.figures.find(figure);
            return found != e.figures.end() ? found->second : 0;
        });
    }
    uint64_t end() const {
        uint64_t last = 0;
        for (const TimelineEvent& e : events) {
            last = std::max(last, e.end);
        }
        return last;
    }
    uint64_t highest(const std::string& row) const {
        uint64_t most = 0;
        for (const TimelineEvent& e : events) {
            most = e.level && e.row == row ? std::max(most, e.value) : most;
        }
        return most;
    }
    // Of a level over time.
    uint64_t integral(const std::string& row) const {
        uint64_t area = 0, since = 0, value = 0;
        for (const TimelineEvent& e : events) {
            if (e.level && e.row == row) {
                area += value * (e.begin - since);
                since = e.begin;
                value = e.value;
            }
        }
        return area;
    }

    // Slices of a row overlap, or events of a row go back in time; "" if none does.
    std::string disorder() const {
        std::map<std::string, uint64_t> reached;
        for (const TimelineEvent& e : events) {
            uint64_t& at = reached[(e.level ? "level " : "") + e.row];
            if (e.begin < at || (!e.level && e.end <= e.begin)) {
                return e.text() + " after cycle " + std::to_string(at);
            }
            at = e.end;
        }
        return "";
    }
    // The rows do not cover cycles 0 .. end once each, or levels do not end at 0; "" if all is so.
    std::string hole(const std::vector<std::string>& rows, uint64_t end) const {
        std::vector<std::pair<uint64_t, uint64_t>> spans;
        std::map<std::string, uint64_t> levels;
        for (const TimelineEvent& e : events) {
            if (e.level) {
                levels[e.row] = e.value;
            } else if (std::find(rows.begin(), rows.end(), e.row) != rows.end()) {
                spans.push_back({e.begin, e.end});
            }
        }
        std::sort(spans.begin(), spans.end());
        uint64_t at = 0;
        for (const auto& [from, to] : spans) {
            if (from != at) {
                return "cycles " + std::to_string(at) + ".." + std::to_string(from);
            }
            at = to;
        }
        for (const auto& [row, value] : levels) {
            if (value != 0) {
                return row + " ends at " + std::to_string(value);
            }
        }
        return at == end ? "" : "ends at " + std::to_string(at);
    }

  private:
    template <class Amount>
    uint64_t sum(const std::string& row, const std::string& name, Amount amount) const {
        uint64_t total = 0;
        for (const TimelineEvent& e : events) {
            if (!e.level && e.row.rfind(row, 0) == 0 && (name.empty() || e.name == name)) {
                total += amount(e);
            }
        }
        return total;
    }
};

} // namespace assay_test
