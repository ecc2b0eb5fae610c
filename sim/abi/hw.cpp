// Hardware files and option values behind the C ABI.
#include <algorithm>
#include <cstring>

#include "abi.hpp"
#include "contract.h"
#include "hash.h"
#include "input_file.hpp"
#include "json.h"
#include "quote.h"
#include "table.hpp"
#include "text.hpp"

namespace assay {

const Accelerator* find_accelerator(const std::string& name) {
    for (size_t i = 0; i < accelerator_count; ++i) {
        if (name == accelerators[i]->info.name) {
            return accelerators[i];
        }
    }
    return nullptr;
}

namespace {

std::string accelerator_names() {
    std::string names;
    for (size_t i = 0; i < accelerator_count; ++i) {
        names += (i > 0 ? ", " : "") + std::string(accelerators[i]->info.name);
    }
    return names;
}

std::unique_ptr<assay_hw> make_hw(const Accelerator& accelerator, const std::string& name) {
    auto hw = std::make_unique<assay_hw>();
    hw->name = name;
    hw->accelerator = &accelerator;
    hw->values.resize(accelerator.info.options->values_size / sizeof(uint64_t));
    assay_options_defaults(accelerator.info.options, hw->values.data());
    return hw;
}

void update_hash(assay_hw& hw) {
    assay_hasher* hasher = assay_hasher_new();
    if (hasher == nullptr) {
        throw std::bad_alloc();
    }
    const assay_option_table& table = *hw.accelerator->info.options;
    assay_hasher_text(hasher, "accelerator", table.owner);
    for (size_t i = 0; i < table.count; ++i) {
        assay_hasher_real(hasher, table.options[i].name,
                          assay_option_get(&table.options[i], hw.options()));
    }
    if (hw.table != nullptr) {
        assay_hasher_text(hasher, "table", hw.table->hash.c_str());
    }
    char digits[ASSAY_HASH_TEXT];
    assay_hash_format(assay_hasher_done(hasher), digits);
    assay_hasher_free(&hasher);
    hw.hash = digits;
}

struct Doc { // frees a parsed file on every way out
    assay_json_doc* doc = nullptr;
    ~Doc() { assay_json_free(&doc); }
};

void read_options(const assay_json* root, const std::string& path, assay_hw& hw,
                  assay_report* report) {
    const assay_json* options = assay_json_get(root, "options");
    if (options == nullptr) {
        return;
    }
    if (assay_json_kind_of(options) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: options: expected an object, found %s", path.c_str(),
                         assay_json_describe(options));
        return;
    }
    const char* const none[] = {nullptr};
    assay_options_read_json(hw.accelerator->info.options, hw.values.data(), options, none,
                            (path + ": options").c_str(), report);
}

std::unique_ptr<assay_hw> read_hw(const assay_json* root, const std::string& path,
                                  assay_report* report) {
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected a JSON object describing hardware, found %s",
                         path.c_str(), assay_json_describe(root));
        return nullptr;
    }
    const char* const legal[] = {"schema",      "name",    "accelerator",
                                 "description", "options", nullptr};
    assay_json_check_keys(root, legal, path.c_str(), report);
    uint64_t schema = 0;
    assay_json_read_uint(root, "schema", path.c_str(), 1, 1, true, &schema, report);
    const char* name = "";
    const char* accelerator = nullptr;
    const char* description = nullptr;
    assay_json_read_string(root, "name", path.c_str(), true, &name, report);
    assay_json_read_string(root, "description", path.c_str(), false, &description, report);
    if (!assay_json_read_string(root, "accelerator", path.c_str(), true, &accelerator, report)) {
        return nullptr;
    }
    const Accelerator* found = find_accelerator(accelerator);
    if (found == nullptr) {
        assay_report_add(report, "%s: accelerator: there is no %s; there is: %s", path.c_str(),
                         assay_quote(accelerator).text, accelerator_names().c_str());
        return nullptr;
    }
    auto hw = make_hw(*found, name);
    read_options(root, path, *hw, report);
    return hw;
}

std::unique_ptr<assay_hw> make_table_hw(std::shared_ptr<const table::TableFile> file) {
    auto hw = make_hw(*find_accelerator("table"), file_stem(file->path));
    table::adopt(*reinterpret_cast<table::Options*>(hw->values.data()), *file);
    hw->table = std::move(file);
    return hw;
}

// A .npy or .csv table, by its first bytes.
bool is_table_file(const char* path) {
    InputFile file;
    char head[256];
    if (file.open(path, nullptr) != ASSAY_OK) {
        return false; // reading it as JSON says why
    }
    const size_t size = std::min<uint64_t>(file.size(), sizeof head);
    return file.read(0, size, reinterpret_cast<uint8_t*>(head), nullptr) == ASSAY_OK &&
           table::is_table_start(std::string(head, size));
}

std::unique_ptr<assay_hw> read_table_hw(const char* path, assay_report* report) {
    auto table = std::make_shared<table::TableFile>();
    table::load_table(path, *table, report);
    return make_table_hw(std::move(table));
}

std::unique_ptr<assay_hw> read_json_hw(const assay_json* root, const char* path,
                                       assay_report* report) {
    if (!table::is_table_json(root)) {
        return read_hw(root, path, report);
    }
    auto table = std::make_shared<table::TableFile>();
    table::load_table_json(path, root, *table, report);
    return make_table_hw(std::move(table));
}

assay_status finish_hw(std::unique_ptr<assay_hw> hw, const char* path, size_t messages_before,
                       assay_hw** out, assay_report* report) {
    if (hw != nullptr && assay_report_count(report) == messages_before) {
        hw->accelerator->check(hw->options(), path, report);
    }
    if (assay_report_count(report) > messages_before) {
        return ASSAY_BAD_INPUT;
    }
    update_hash(*hw);
    *out = hw.release();
    return ASSAY_OK;
}

} // namespace
} // namespace assay

using namespace assay;

size_t assay_accelerator_count(void) {
    return accelerator_count;
}

const assay_accelerator_info* assay_accelerator_at(size_t i) {
    ASSAY_REQUIRE(i < accelerator_count);
    return &accelerators[i]->info;
}

const assay_accelerator_info* assay_accelerator_find(const char* name) {
    ASSAY_REQUIRE(name != nullptr);
    const Accelerator* found = find_accelerator(name);
    return found != nullptr ? &found->info : nullptr;
}

const char* assay_version(void) {
    return ASSAY_VERSION;
}

assay_status assay_hw_load(const char* path, assay_hw** out, assay_report* report) {
    ASSAY_REQUIRE(path != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        const size_t before = assay_report_count(report);
        if (is_table_file(path)) {
            return finish_hw(read_table_hw(path, report), path, before, out, report);
        }
        Doc file;
        const assay_status status = assay_json_load(path, &file.doc, report);
        if (status != ASSAY_OK) {
            return status;
        }
        auto hw = read_json_hw(assay_json_root(file.doc), path, report);
        return finish_hw(std::move(hw), path, before, out, report);
    });
}

bool assay_hw_recognises(const char* path) {
    ASSAY_REQUIRE(path != nullptr);
    bool found = false;
    guarded(nullptr, [&] {
        Doc file;
        found = is_table_file(path);
        if (!found && assay_json_load(path, &file.doc, nullptr) == ASSAY_OK) {
            const assay_json* root = assay_json_root(file.doc);
            found = table::is_table_json(root) || (assay_json_kind_of(root) == ASSAY_JSON_OBJECT &&
                                                   assay_json_get(root, "accelerator") != nullptr);
        }
        return ASSAY_OK;
    });
    return found;
}

assay_status assay_hw_default(const char* accelerator, assay_hw** out, assay_report* report) {
    ASSAY_REQUIRE(accelerator != nullptr && out != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        const Accelerator* found = find_accelerator(accelerator);
        if (found == nullptr) {
            assay_report_add(report, "no such accelerator; there is: %s",
                             accelerator_names().c_str());
            return ASSAY_BAD_INPUT;
        }
        auto hw = make_hw(*found, std::string(accelerator) + " defaults");
        update_hash(*hw);
        *out = hw.release();
        return ASSAY_OK;
    });
}

assay_status assay_hw_set(assay_hw* hw, const char* key, const char* text, assay_report* report) {
    ASSAY_REQUIRE(hw != nullptr && key != nullptr && text != nullptr);
    return guarded(report, [&] {
        const assay_status status = assay_option_set_text(
            hw->accelerator->info.options, hw->values.data(), key, text, "--set", report);
        if (status == ASSAY_OK) {
            update_hash(*hw);
        }
        return status;
    });
}

assay_status assay_hw_check(const assay_hw* hw, assay_report* report) {
    ASSAY_REQUIRE(hw != nullptr && report != nullptr);
    return guarded(report, [&] {
        const size_t before = assay_report_count(report);
        hw->accelerator->check(hw->options(), hw->name.c_str(), report);
        return assay_report_count(report) > before ? ASSAY_BAD_INPUT : ASSAY_OK;
    });
}

const char* assay_hw_name(const assay_hw* hw) {
    ASSAY_REQUIRE(hw != nullptr);
    return hw->name.c_str();
}

const assay_accelerator_info* assay_hw_accelerator(const assay_hw* hw) {
    ASSAY_REQUIRE(hw != nullptr);
    return &hw->accelerator->info;
}

const void* assay_hw_values(const assay_hw* hw) {
    ASSAY_REQUIRE(hw != nullptr);
    return hw->options();
}

const char* assay_hw_hash(const assay_hw* hw) {
    ASSAY_REQUIRE(hw != nullptr);
    return hw->hash.c_str();
}

void assay_hw_free(assay_hw** hw) {
    ASSAY_REQUIRE(hw != nullptr);
    delete *hw;
    *hw = nullptr;
}
