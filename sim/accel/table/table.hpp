// A table of measurements as a machine: layers are looked up, nothing is simulated.
#pragma once

#include "accelerator.hpp"
#include "table_file.hpp"

namespace assay::table {

// X(name, default, low, high, unit, help)
#define ASSAY_TABLE_REALS(X)                                                                       \
    X(clock_mhz, 500, 0.001, 100000, "MHz",                                                        \
      "turns cycles into seconds and back, unless the table has both (500: APQ's times are "       \
      "multiples of 2 ns)")
#define ASSAY_TABLE_UINTS(X)                                                                       \
    X(batch, 0, 0, 4096, "images", "that every entry is for; 0: whatever is asked for")            \
    X(low_bits, 1, 1, 16, "bits", "widths of the first row and column of a .npy table (HAQ: 1)")

struct Options {
#define ASSAY_FIELD(name, ...) double name;
    ASSAY_TABLE_REALS(ASSAY_FIELD)
#undef ASSAY_FIELD
#define ASSAY_FIELD(name, ...) uint64_t name;
    ASSAY_TABLE_UINTS(ASSAY_FIELD)
#undef ASSAY_FIELD
    // No option: the file, owned by the assay_hw that holds the options; null for defaults.
    const TableFile* file;
};
static_assert(sizeof(void*) == sizeof(uint64_t), "every value of an options struct has 8 bytes");

class TableMachine final : public Machine {
  public:
    explicit TableMachine(const Options& options) : options_(options), file_(*options.file) {}
    FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const override;
    assay_status run(const LayerTask& task, LayerOutcome& out, assay_report* report) override;
    assay_status run_other(const LayerTask& task, const std::vector<Place>& inputs,
                           LayerOutcome& out, assay_report* report) override;
    bool timing_needs_values() const override { return false; }
    bool computes_values() const override { return false; }
    bool elements_on_chip() const override { return false; }
    uint64_t batch() const override { return options_.batch; }
    assay_status settle(const std::vector<LayerOutcome*>&, assay_report*) override {
        return ASSAY_OK;
    }
    std::vector<Amount> area() const override { return {}; }
    double clock_hz() const override { return options_.clock_mhz * 1e6; }

  private:
    bool find_row(const LayerTask& task, uint32_t& row, assay_report* report) const;
    bool check_row(const LayerTask& task, uint32_t row, assay_report* report) const;
    const Entry* find_entry(const LayerTask& task, uint32_t row, assay_report* report) const;
    unsigned shift() const {
        return file_.offset_bits ? static_cast<unsigned>(options_.low_bits) - 1 : 0;
    }

    const Options options_;
    const TableFile& file_;
};

// Makes the options of a table machine fit what the file says of clock and batch.
void adopt(Options& options, const TableFile& file);

} // namespace assay::table
