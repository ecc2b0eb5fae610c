// A waveform file that closes itself.
#pragma once

#include <systemc>

#include <string>

namespace assay {

class Vcd {
  public:
    // SystemC appends ".vcd" itself.
    explicit Vcd(std::string path) {
        const std::string suffix = ".vcd";
        if (path.size() > suffix.size() &&
            path.compare(path.size() - suffix.size(), suffix.size(), suffix) == 0) {
            path.resize(path.size() - suffix.size());
        }
        file_ = sc_core::sc_create_vcd_trace_file(path.c_str());
        file_->set_time_unit(1, sc_core::SC_PS);
    }
    ~Vcd() { sc_core::sc_close_vcd_trace_file(file_); }
    Vcd(const Vcd&) = delete;
    Vcd& operator=(const Vcd&) = delete;
    template <class Signal>
    void add(const Signal& signal, const std::string& name) {
        sc_core::sc_trace(file_, signal, name);
    }

  private:
    sc_core::sc_trace_file* file_;
};

} // namespace assay
