// A named share of an energy or an area.
#pragma once

namespace assay {

struct Amount {
    const char* name; // static text
    double value;     // joules or mm2
};

} // namespace assay
