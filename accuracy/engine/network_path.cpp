#include <cstring>

#include "assay/network.h"
#include "contract.h"
#include "guarded.hpp"
#include "network.hpp"

assay_status assay_network_find(const char* network, char** path, assay_report* report) {
    ASSAY_REQUIRE(network != nullptr && path != nullptr && report != nullptr);
    *path = nullptr;
    return assay::guarded(report, [&] {
        std::string found;
        const assay_status status = assay::find_network(network, found, report);
        *path = status == ASSAY_OK ? strdup(found.c_str()) : nullptr;
        return status == ASSAY_OK && *path == nullptr ? ASSAY_NO_MEMORY : status;
    });
}
