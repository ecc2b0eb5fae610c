// Integers that a workload gives reach the arrays as they are: sums equal a plain loop written
// here.
#include <algorithm>
#include <fstream>
#include <random>

#include "sim_abi.hpp"

using namespace sim_abi_test;

namespace {

struct Geometry {
    const char* name;
    unsigned in_c, in_side, out_c, kernel, stride, pad, groups;
    unsigned in() const { return in_c * in_side * in_side; }
    unsigned out_side() const { return (in_side + 2 * pad - kernel) / stride + 1; }
    unsigned depth() const { return in_c / groups * kernel * kernel; }
    bool linear() const { return in_side == 1; }
};
const Geometry conv{"conv", 5, 6, 7, 3, 2, 1, 1}, depthwise{"depthwise", 6, 5, 6, 3, 1, 1, 6},
    linear{"linear", 37, 1, 11, 1, 1, 0, 1};

struct Widths {
    unsigned w, a;
    bool w_signed, a_signed;
};

int32_t least(unsigned bits, bool is_signed) {
    return is_signed ? -(1 << (bits - 1)) : 0;
}

// From the whole range, both ends among them.
std::vector<int32_t> drawn(size_t count, unsigned bits, bool is_signed, std::mt19937& rng) {
    const int32_t low = least(bits, is_signed);
    std::vector<int32_t> values(count);
    for (int32_t& v : values) {
        v = low + static_cast<int32_t>(rng() % (1u << bits));
    }
    values[0] = low;
    values[1] = low + (1 << bits) - 1;
    return values;
}

// Sums of 32 bits that wrap around, as docs/formats.md says.
std::vector<int32_t> plain_sums(const Geometry& g, const std::vector<int32_t>& w,
                                const std::vector<int32_t>& x) {
    const int side = static_cast<int>(g.in_side), kernel = static_cast<int>(g.kernel);
    const unsigned out = g.out_side(), in_c = g.in_c / g.groups, out_c = g.out_c / g.groups;
    std::vector<int32_t> sums;
    for (unsigned o = 0; o < g.out_c; ++o) {
        for (unsigned at = 0; at < out * out; ++at) {
            uint64_t sum = 0;
            for (unsigned i = 0; i < g.depth(); ++i) {
                const int y = static_cast<int>(at / out * g.stride + i / g.kernel % g.kernel) -
                              static_cast<int>(g.pad);
                const int x_at = static_cast<int>(at % out * g.stride) +
                                 static_cast<int>(i) % kernel - static_cast<int>(g.pad);
                const unsigned c = o / out_c * in_c + i / (g.kernel * g.kernel);
                if (y >= 0 && y < side && x_at >= 0 && x_at < side) {
                    sum += static_cast<uint64_t>(
                        int64_t{w[o * g.depth() + i]} *
                        x[static_cast<size_t>((static_cast<int>(c) * side + y) * side + x_at)]);
                }
            }
            sums.push_back(static_cast<int32_t>(static_cast<uint32_t>(sum)));
        }
    }
    return sums;
}

// Tensors by name, as safetensors.
class Tensors {
  public:
    template <class T>
    void add(const std::string& name, const char* dtype, const std::string& shape,
             const std::vector<int32_t>& values) {
        const size_t begin = data_.size();
        for (int32_t value : values) {
            const T stored = static_cast<T>(value);
            data_.append(reinterpret_cast<const char*>(&stored), sizeof stored);
        }
        header_ += std::string(header_.empty() ? "{" : ", ") + "\"" + name + "\": {\"dtype\": \"" +
                   dtype + "\", \"shape\": " + shape + ", \"data_offsets\": [" +
                   std::to_string(begin) + ", " + std::to_string(data_.size()) + "]}";
    }
    std::string bytes() const {
        const std::string header = header_ + "}";
        const uint64_t size = header.size();
        return std::string(reinterpret_cast<const char*>(&size), 8) + header + data_;
    }

  private:
    std::string header_, data_;
};

class GivenIntegers : public SimAbi {
  protected:
    std::string shape(std::initializer_list<unsigned> sides) const {
        std::string out;
        for (unsigned side : sides) {
            out += (out.empty() ? "[" : ", ") + std::to_string(side);
        }
        return out + "]";
    }

    // Draws the tensors of a layer and writes them; `expected_` may be changed before.
    void draw(const Geometry& g, const Widths& widths, uint32_t seed) {
        std::mt19937 rng(seed);
        weights_ = drawn(size_t{g.out_c} * g.depth(), widths.w, widths.w_signed, rng);
        input_ = drawn(g.in(), widths.a, widths.a_signed, rng);
        expected_ = plain_sums(g, weights_, input_);
    }
    void write(const Geometry& g) {
        Tensors tensors;
        const unsigned out = g.out_side();
        tensors.add<int32_t>("w", "I32",
                             g.linear() ? shape({g.out_c, g.in_c})
                                        : shape({g.out_c, g.in_c / g.groups, g.kernel, g.kernel}),
                             weights_);
        tensors.add<int32_t>("x", "I32",
                             g.linear() ? shape({g.in_c}) : shape({g.in_c, g.in_side, g.in_side}),
                             input_);
        tensors.add<int64_t>("y", "I64", g.linear() ? shape({g.out_c}) : shape({g.out_c, out, out}),
                             expected_);
        dir_.write("given.safetensors", tensors.bytes());
    }
    // `members` of the layer beside its geometry and integers.
    std::string json(const Geometry& g, const std::string& members) const {
        const std::string sizes =
            g.linear()
                ? text("\"op\": \"linear\", \"in_features\": %u, \"out_features\": %u", g.in_c,
                       g.out_c)
                : text("\"op\": \"conv2d\", \"in\": [%u, %u, %u], \"out_channels\": %u, "
                       "\"kernel\": %u, \"stride\": %u, \"padding\": %u, \"groups\": %u",
                       g.in_c, g.in_side, g.in_side, g.out_c, g.kernel, g.stride, g.pad, g.groups);
        return R"({"schema": 1, "name": "given", "layers": [{"name": "only", )" + sizes +
               R"(, "weights": {"kind": "integers", "path": "given.safetensors", "tensor": "w"},
               "activations": {"kind": "integers", "path": "given.safetensors", "tensor": "x"},
               "expected": {"path": "given.safetensors", "tensor": "y"})" +
               members + "}]}";
    }
    template <class... Arguments>
    static std::string text(const char* format, Arguments... arguments) {
        char buffer[512];
        snprintf(buffer, sizeof buffer, format, arguments...);
        return buffer;
    }
    static std::string stated(const Widths& w) {
        return text(R"(, "w_bits": %u, "a_bits": %u, "w_signed": %s, "a_signed": %s)", w.w, w.a,
                    w.w_signed ? "true" : "false", w.a_signed ? "true" : "false");
    }
    void load_drawn(const Geometry& g, const Widths& widths) {
        write(g);
        load(json(g, stated(widths)).c_str(), workload_);
    }
    static assay_run_settings checked() {
        assay_run_settings settings = assay_default_run_settings();
        settings.check = true;
        return settings;
    }
    void use(const char* machine, assay_model model = ASSAY_MODEL_EVENT) {
        machine_.reset();
        must(assay_hw_default(machine, hw_.out(), report_));
        if (std::string(machine) == "bit_fusion") {
            set("wbuf_bytes", "262144"); // a bank's half holds nine words of 16-bit weights
        } else {
            set("rows", "8"); // the clocked model of fewer cells is quick
            set("cols", "8");
        }
        open(model);
    }
    void expect_refused(const std::string& workload, const std::string& message) {
        const std::string path = dir_.write("workload.json", workload);
        EXPECT_EQ(assay_workload_load(path.c_str(), nullptr, workload_.out(), report_),
                  ASSAY_BAD_INPUT);
        EXPECT_TRUE(report_.mentions(message)) << message << "\nnot in\n" << report_.text();
    }

    std::vector<int32_t> weights_, input_, expected_;
    Workload workload_;
};

class GivenIntegersOnMachine : public GivenIntegers,
                               public testing::WithParamInterface<const char*> {
  protected:
    void expect_equal_sums(const Geometry& g, const Widths& widths) {
        draw(g, widths, widths.w * 64 + widths.a * 4 + widths.w_signed * 2 + widths.a_signed);
        load_drawn(g, widths);
        run(workload_, checked());
        const uint64_t outputs = uint64_t{g.out_c} * g.out_side() * g.out_side();
        EXPECT_EQ(result_->check.compared, 2 * outputs); // the reference's and the expected ones
        EXPECT_EQ(result_->check.mismatches, 0u)
            << g.name << ' ' << widths.w << 'x' << widths.a << ' ' << widths.w_signed
            << widths.a_signed << '\n'
            << report_.text();
    }
};

TEST_P(GivenIntegersOnMachine, AllWidthsAndSignsAreMultipliedAsTheyAre) {
    use(GetParam());
    for (unsigned bits = 1; bits <= 16; ++bits) {
        for (unsigned signs = 0; signs < 4; ++signs) {
            const Geometry& g = bits % 3 == 0 ? conv : bits % 3 == 1 ? depthwise : linear;
            expect_equal_sums(g, {bits, 17 - bits, signs / 2 != 0, signs % 2 != 0});
        }
        expect_equal_sums(conv, {bits, bits, true, false});
    }
}

TEST_P(GivenIntegersOnMachine, TheClockedArrayDoesTheSame) {
    use(GetParam(), ASSAY_MODEL_CLOCKED);
    for (const Geometry* g : {&conv, &depthwise, &linear}) {
        for (const Widths& widths : {Widths{1, 1, false, false}, Widths{2, 5, true, false},
                                     Widths{8, 8, true, true}, Widths{16, 9, true, false}}) {
            expect_equal_sums(*g, widths);
        }
    }
}

TEST_P(GivenIntegersOnMachine, AWrongExpectationIsFound) {
    use(GetParam());
    draw(conv, {4, 8, true, false}, 1);
    const int32_t true_sum = expected_[4]; // [0, 1, 1]
    expected_[4] += 1;
    expected_[9] -= 3;
    load_drawn(conv, {4, 8, true, false});
    EXPECT_EQ(run_status(workload_, checked()), ASSAY_MISMATCH);
    EXPECT_EQ(result_->check.mismatches, 2u);
    EXPECT_TRUE(report_.mentions(text(
        "layer only: the sum at [0, 1, 1] is %d, but \"y\" expects %d", true_sum, true_sum + 1)))
        << report_.text();
    EXPECT_NE(std::string(result_->layers[0].note).find("2 sums are not what"), std::string::npos);
}

TEST_P(GivenIntegersOnMachine, WithoutACheckNothingIsCompared) {
    use(GetParam());
    draw(linear, {4, 8, true, false}, 1);
    expected_[0] += 1;
    load_drawn(linear, {4, 8, true, false});
    run(workload_);
    EXPECT_EQ(result_->check.compared, 0u);
}

TEST_P(GivenIntegersOnMachine, ValuesThatDoNotFitTheWidthInForceAreRefused) {
    use(GetParam());
    set("w_bits", "4");
    set("a_bits", "8");
    machine_.reset();
    open();
    draw(linear, {5, 9, true, false}, 3);
    write(linear);
    load(json(linear, "").c_str(), workload_); // states no widths
    EXPECT_EQ(run_status(workload_, checked()), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("layer only: weights: \"w\" holds -16 at [0, 0], but 4 signed "
                                 "bits hold -8 .. 7"))
        << report_.text();
    EXPECT_TRUE(report_.mentions("layer only: activations: \"x\" holds 511 at [1], but 8 unsigned "
                                 "bits hold 0 .. 255"))
        << report_.text();
}

INSTANTIATE_TEST_SUITE_P(Machines, GivenIntegersOnMachine,
                         testing::Values("bit_fusion", "bit_serial", "systolic"),
                         [](const auto& i) { return std::string(i.param); });

TEST_F(GivenIntegers, ABatchRepeatsTheInput) {
    use("systolic");
    draw(conv, {4, 8, true, false}, 1);
    load_drawn(conv, {4, 8, true, false});
    assay_run_settings settings = checked();
    settings.batch = 3;
    run(workload_, settings);
    EXPECT_EQ(result_->check.compared, 4 * expected_.size()); // three images, and what is expected
    EXPECT_EQ(result_->check.mismatches, 0u);
}

TEST_F(GivenIntegers, SparseMachinesRefuseThem) {
    draw(linear, {4, 8, true, false}, 1);
    load_drawn(linear, {4, 8, true, false});
    for (const char* machine : {"eie", "sparse_fusion"}) {
        machine_.reset();
        must(assay_hw_default(machine, hw_.out(), report_));
        open();
        EXPECT_EQ(run_status(workload_, checked()), ASSAY_BAD_INPUT);
        EXPECT_TRUE(report_.mentions("layer only: its weights are integers")) << report_.text();
    }
}

TEST_F(GivenIntegers, ValuesThatDoNotFitTheStatedWidthAreRefused) {
    draw(conv, {4, 8, true, true}, 1);
    write(conv);
    expect_refused(json(conv, stated({3, 8, true, false})),
                   "layers[0].weights.tensor: \"w\" holds -8 at [0, 0, 0, 0], but 3 signed bits "
                   "hold -4 .. 3");
    EXPECT_TRUE(report_.mentions("layers[0].activations.tensor: \"x\" holds -128 at [0, 0, 0], but "
                                 "8 unsigned bits hold 0 .. 255"))
        << report_.text();
}

TEST_F(GivenIntegers, MistakesAreNamed) {
    draw(conv, {4, 8, true, false}, 1);
    write(conv);
    const std::string good = json(conv, stated({4, 8, true, false}));
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = good;
        const size_t at = changed.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return changed.replace(at, from.size(), to);
    };
    expect_refused(with("\"w\"}", "\"v\"}"), "layers[0].weights.tensor");
    expect_refused(with("\"w\"}", "\"x\"}"),
                   "\"x\" has the shape [5, 6, 6], the layer needs [7, 5, 3, 3]");
    expect_refused(with("\"path\": \"given", "\"path\": \"absent"), "layers[0].weights.path");
    expect_refused(with("\"tensor\": \"y\"", "\"tensor\": \"x\""), "layers[0].expected.tensor");
    expect_refused(with(", \"tensor\": \"y\"", ""), "layers[0].expected.tensor");
    expect_refused(with("\"tensor\": \"w\"", "\"tensor\": \"w\", \"seed\": 1"), "seed");
    expect_refused(with("{\"kind\": \"integers\", \"path\": \"given.safetensors\", \"tensor\": "
                        "\"w\"}",
                        "{\"kind\": \"drawn\"}"),
                   "layers[0].expected: needs weights and activations");
}

TEST_F(GivenIntegers, RealNumbersAndSumsOfMoreThan32BitsAreRefused) {
    Tensors tensors;
    tensors.add<float>("w", "F32", "[1, 1]", {1});
    tensors.add<uint8_t>("x", "U8", "[1]", {200});
    tensors.add<uint64_t>("y", "I64", "[1]", {-1});
    std::string bytes = tensors.bytes();
    bytes[bytes.size() - 1] = 1; // the sign's byte
    dir_.write("given.safetensors", bytes);
    const Geometry one{"one", 1, 1, 1, 1, 1, 0, 1};
    expect_refused(json(one, ""), "\"w\" is of type F32, expected I8");
    EXPECT_TRUE(report_.mentions("at [0], but sums have 32 bits")) << report_.text();
}

TEST_F(GivenIntegers, TheValuesAreTheWorkloadsIdentity) {
    draw(linear, {4, 8, true, false}, 1);
    std::vector<std::string> hashes;
    for (std::vector<int32_t>* changed :
         {static_cast<std::vector<int32_t>*>(nullptr), &weights_, &input_, &expected_}) {
        if (changed != nullptr) {
            std::rotate(changed->begin(), changed->begin() + 1, changed->end());
        }
        load_drawn(linear, {4, 8, true, false});
        hashes.push_back(assay_workload_hash(workload_));
    }
    std::sort(hashes.begin(), hashes.end());
    EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST_F(GivenIntegers, AnExportRefersToTheSameTensors) {
    draw(conv, {4, 8, true, false}, 1);
    load_drawn(conv, {4, 8, true, false});
    const std::string hash = assay_workload_hash(workload_);
    char* exported = nullptr;
    must(assay_workload_json(workload_, &exported, nullptr, nullptr, report_));
    const std::string copy = exported;
    free(exported);
    load(copy.c_str(), workload_);
    EXPECT_EQ(assay_workload_hash(workload_), hash);
}

} // namespace
