// SystemC holds one simulation at a time in two globals. A ContextScope gives one machine a context
// of its own and puts the first one back afterwards (not in IEEE 1666, works with
// Debian's 2.3.4; the first context must live until exit because libsystemc's static events belong
// to it).
#pragma once

#include <systemc>

namespace assay {

class ContextScope {
  public:
    ContextScope() : first_(sc_core::sc_get_curr_simcontext()) {
        sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
        own_ = new sc_core::sc_simcontext();
        make_current(own_);
    }
    ~ContextScope() {
        delete own_;
        make_current(first_);
    }
    ContextScope(const ContextScope&) = delete;
    ContextScope& operator=(const ContextScope&) = delete;

  private:
    static void make_current(sc_core::sc_simcontext* context) {
        sc_core::sc_curr_simcontext = context;
        sc_core::sc_default_global_context = context;
    }
    sc_core::sc_simcontext* first_;
    sc_core::sc_simcontext* own_;
};

} // namespace assay
