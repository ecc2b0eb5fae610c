#include "teacher.hpp"

#include "network.hpp"
#include "quote.h"

namespace assay {
namespace {

bool prepares_alike(const assay_workload& a, const assay_workload& b) {
    const Preprocess &p = a.preprocess, &q = b.preprocess;
    return p.subtract == q.subtract && p.scale == q.scale && p.bgr == q.bgr && p.rows == q.rows;
}

bool reads_alike(const assay_workload& a, const assay_workload& b) {
    return a.input_shape.c == b.input_shape.c && a.input_shape.h == b.input_shape.h &&
           a.input_shape.w == b.input_shape.w;
}

assay_status check(const assay_workload& teacher, const assay_workload& student,
                   assay_report* report) {
    const std::string name = assay_quote(teacher.name.c_str()).text;
    const uint64_t outputs = teacher.layers.back().out.size(),
                   wanted = student.layers.back().out.size();
    bool good = true;
    if (!reads_alike(teacher, student)) {
        assay_report_add(report, "teacher %s reads %ux%ux%u values, the network %ux%ux%u",
                         name.c_str(), teacher.input_shape.c, teacher.input_shape.h,
                         teacher.input_shape.w, student.input_shape.c, student.input_shape.h,
                         student.input_shape.w);
        good = false;
    } else if (!prepares_alike(teacher, student)) {
        assay_report_add(report,
                         "teacher %s prepares images otherwise (\"preprocess\") than the "
                         "network",
                         name.c_str());
        good = false;
    }
    if (outputs != wanted) {
        assay_report_add(report, "teacher %s has %llu outputs, the network %llu", name.c_str(),
                         static_cast<unsigned long long>(outputs),
                         static_cast<unsigned long long>(wanted));
        good = false;
    }
    return good ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace

assay_status load_teacher(const char* network, const assay_workload& student,
                          std::shared_ptr<const Model>& out, assay_report* report) {
    assay_accuracy_settings settings = assay_default_accuracy_settings();
    settings.network = network;
    std::shared_ptr<Model> model;
    assay_status status = load_model(settings, model, report);
    if (model != nullptr) {
        const assay_status fits = check(*model->workload, student, report);
        status = status == ASSAY_OK ? fits : status;
    }
    out = model;
    return status;
}

} // namespace assay
