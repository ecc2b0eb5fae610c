#include "prototxt.hpp"

#include <cctype>

#include "quote.h"

namespace assay {
namespace {

constexpr int max_depth = 32;

class Parser {
  public:
    Parser(const std::string& name, const std::string& text, assay_report* report)
        : name_(name), text_(text), report_(report) {}

    bool fields(std::vector<ProtoField>& out, int depth) {
        while (skip_space(), at_ < text_.size() && text_[at_] != '}') {
            ProtoField field;
            if (!read_field(field, depth)) {
                return false;
            }
            out.push_back(std::move(field));
            skip_space();
            if (at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ';')) {
                ++at_;
            }
        }
        bool closed = at_ < text_.size();
        return closed == (depth > 0) || fail(closed ? "a \"}\" too many" : "a \"}\" is missing");
    }

  private:
    bool fail(const std::string& message) {
        assay_report_add(report_, "%s:%d: %s", name_.c_str(), line_, message.c_str());
        return false;
    }

    void skip_space() {
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '#') {
                while (at_ < text_.size() && text_[at_] != '\n') {
                    ++at_;
                }
            }
            if (at_ == text_.size() || !isspace(static_cast<unsigned char>(text_[at_]))) {
                return;
            }
            line_ += text_[at_] == '\n';
        }
    }

    static bool is_word(char c) {
        return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ||
               c == '+';
    }

    std::string word() {
        size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_])) {
            ++at_;
        }
        return text_.substr(begin, at_ - begin);
    }

    bool read_field(ProtoField& field, int depth) {
        field.line = line_;
        field.name = word();
        if (field.name.empty()) {
            return fail("expected a field name before " +
                        std::string(assay_quote_bytes(text_.data() + at_, 1).text));
        }
        skip_space();
        bool colon = at_ < text_.size() && text_[at_] == ':';
        if (colon) {
            ++at_;
            skip_space();
        }
        if (at_ < text_.size() && text_[at_] == '{') {
            return read_message(field, depth);
        }
        return colon ? read_scalar(field) : fail("expected \":\" or \"{\" after a field name");
    }

    bool read_message(ProtoField& field, int depth) {
        if (depth == max_depth) {
            return fail("messages are nested too deeply");
        }
        ++at_;
        field.is_message = true;
        if (!fields(field.fields, depth + 1)) {
            return false;
        }
        ++at_; // the closing brace that fields() stopped at
        return true;
    }

    bool read_scalar(ProtoField& field) {
        if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
            return read_string(field.value);
        }
        field.value = word();
        return !field.value.empty() || fail("a field has no value");
    }

    bool read_string(std::string& out) {
        char quote = text_[at_++];
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\n' || text_[at_] == '\\') {
                return fail("line ends and escapes are not supported in strings");
            }
            out += text_[at_];
        }
        if (at_ == text_.size()) {
            return fail("a string is not closed");
        }
        ++at_;
        return true;
    }

    const std::string& name_;
    const std::string& text_;
    assay_report* report_;
    size_t at_ = 0;
    int line_ = 1;
};

} // namespace

bool parse_prototxt(const std::string& name, const std::string& text, ProtoField& root,
                    assay_report* report) {
    root.is_message = true;
    return Parser(name, text, report).fields(root.fields, 0);
}

} // namespace assay
