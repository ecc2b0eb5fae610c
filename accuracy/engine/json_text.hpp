// base's JSON writer as an object.
#pragma once

#include <new>
#include <string>

#include "json.h"

namespace assay {

class JsonText {
  public:
    explicit JsonText(int indent) : w_(assay_json_writer_new(indent)) {
        if (w_ == nullptr) {
            throw std::bad_alloc();
        }
    }
    ~JsonText() { assay_json_writer_free(&w_); }
    JsonText(const JsonText&) = delete;
    JsonText& operator=(const JsonText&) = delete;

    operator assay_json_writer*() const { return w_; }
    std::string text() const {
        size_t size = 0;
        const char* bytes = assay_json_writer_text(w_, &size);
        if (bytes == nullptr) {
            throw std::bad_alloc();
        }
        return std::string(bytes, size);
    }

  private:
    assay_json_writer* w_;
};

} // namespace assay
