// Instant queries to the HTTP API of Prometheus and its relatives, over POST (GET where POST is not
// allowed), all queries of one read at once up to a limit, with failover between replicas.
// All queries of a read are evaluated at the same instant, ours, so that their answers belong
// together. Judges nothing: see instant_answer.hpp for the format, judge.hpp for trust.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "metrics/metric_source.hpp"
#include "metrics/prometheus/prometheus_settings.hpp"

namespace spillway::prometheus {

/// Errors: `bad_request` for URLs, certificates or keys that cannot be used; those of `read_file`.
/// `context` and `clock` must outlive the source.
Result<std::unique_ptr<MetricSource>> make_prometheus_source(boost::asio::io_context& context,
                                                             io::Clock& clock, std::string name,
                                                             PrometheusSettings settings);

/// The same over a given client: for tests.
Result<std::unique_ptr<MetricSource>> make_prometheus_source(io::Clock& clock,
                                                             std::unique_ptr<io::HttpClient> client,
                                                             std::string name,
                                                             PrometheusSettings settings);

}  // namespace spillway::prometheus
