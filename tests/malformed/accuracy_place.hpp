// A small network with weights and data, evaluated by the engine that is made for tests: what is
// wrong with files must be told whether or not libtorch is there.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "../accuracy/engine_files.hpp"
#include "malformed.hpp"

namespace malformed {

// A safetensors file in the making.
class TensorFile {
  public:
    template <typename T>
    TensorFile& add(const std::string& name, const std::string& dtype, const std::string& shape,
                    const std::vector<T>& values) {
        const std::string bytes = raw(values);
        header_ += (header_.empty() ? "{\"" : ",\"") + name + R"(":{"dtype":")" + dtype +
                   R"(","shape":[)" + shape + R"(],"data_offsets":[)" +
                   std::to_string(data_.size()) + "," +
                   std::to_string(data_.size() + bytes.size()) + "]}";
        data_ += bytes;
        return *this;
    }
    TensorFile& edit(const std::string& from, const std::string& to) {
        header_ = replaced(header_, from, to);
        return *this;
    }
    std::string bytes() const {
        return raw(std::vector<uint64_t>{header_.size() + 1}) + header_ + "}" + data_;
    }

  private:
    std::string header_, data_;
};

class AccuracyPlace {
  public:
    AccuracyPlace()
        : module_("ASSAY_TORCH_ENGINE", std::getenv("ASSAY_FAKE_ENGINE")),
          cache_("ASSAY_CACHE", folder_.path("cache").c_str()) {
        engine_test::write_data(folder_);
        net_ = write("small.json", engine_test::net_json);
        weights_ = write("w.safetensors", good_weights().bytes());
    }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::string write(const std::string& name, const std::string& content) const {
        return folder_.write(name, content);
    }
    const std::string& net() const { return net_; }

    // assay COMMAND on the network, its data and its weights; MORE replaces and adds.
    Words words(const std::string& command, const Words& more) const {
        Words out = {command, "--network", net_};
        const auto given = [&](const char* option) {
            return std::find(more.begin(), more.end(), option) != more.end();
        };
        if (!given("--weights") && !given("--external")) {
            out.insert(out.end(), {"--weights", weights_});
        }
        if (!given("--data") && !given("--external")) {
            out.insert(out.end(), {"--data", path("")});
        }
        out.insert(out.end(), more.begin(), more.end());
        return out;
    }
    // Refused, and every file is as it was.
    void expect_bad(const std::string& command, const Words& more, const Words& fragments) const {
        const Words before = names();
        expect_refused(words(command, more), fragments);
        EXPECT_EQ(names(), before);
    }
    void expect_good(const std::string& command, const Words& more) const {
        const cli_test::Outcome o = watched(words(command, more));
        EXPECT_EQ(o.exit_code, 0) << o.err;
    }

    static TensorFile good_weights() {
        return weights({1, 1, -1, 0.5f, 2, 0}, {1, 1, 1}, std::vector<float>(15, 0.25f));
    }
    static TensorFile weights(const std::vector<float>& c, const std::vector<float>& variance,
                              const std::vector<float>& f) {
        const std::vector<float> ones = {1, 1, 1}, zeros = {0, 0, 0};
        return TensorFile()
            .add("c.weight", "F32", "3,2,1,1", c)
            .add("bn.weight", "F32", "3", ones)
            .add("bn.bias", "F32", "3", zeros)
            .add("bn.running_mean", "F32", "3", zeros)
            .add("bn.running_var", "F32", "3", variance)
            .add("f.weight", "F32", "5,3", f);
    }

  private:
    Words names() const {
        Words all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path(""))) {
            all.push_back(entry.path());
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    assay_test::TempDir folder_;
    engine_test::Variable module_, cache_;
    std::string net_, weights_;
};

} // namespace malformed
