#include "settings.h"
#include "algorithm.h"
#include "contract.h"
#include "task.h"

assay_search_settings assay_default_search_settings(void) {
    return (assay_search_settings){
        .seed = 1, .baselines = true, .cookie = ASSAY_SEARCH_SETTINGS_COOKIE};
}

size_t assay_search_task_count(void) {
    return assay_task_total;
}

assay_search_info assay_search_task_at(size_t i) {
    ASSAY_REQUIRE(i < assay_task_total);
    const assay_task* task = assay_tasks[i];
    return (assay_search_info){task->name, task->summary, &task->options};
}

size_t assay_search_algorithm_count(void) {
    return assay_algorithm_total;
}

assay_search_info assay_search_algorithm_at(size_t i) {
    ASSAY_REQUIRE(i < assay_algorithm_total);
    const assay_algorithm* algorithm = assay_algorithms[i];
    return (assay_search_info){algorithm->name, algorithm->summary, &algorithm->options};
}
