// A recorded load played back as a metric source, for trials and tests without a monitoring system.
// The trace begins with the first read. Read once, when the source is made.
#pragma once

#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "metrics/file/file_settings.hpp"
#include "metrics/metric_source.hpp"

namespace spillway::file {

/// A query is a column's name; empty is the first. With the join label `column` there is one sample
/// for each column. Within a row's time its value counts as sampled now; an empty cell and the time
/// after the end have no sample. Errors: those of `read_file` and `parse_trace`, naming the file.
/// `clock` must outlive the source.
Result<std::unique_ptr<MetricSource>> make_file_source(io::Clock& clock, std::string name,
                                                       FileSettings settings);

}  // namespace spillway::file
