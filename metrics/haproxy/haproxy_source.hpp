// HAProxy's own statistics as a metric source, read directly: one second fresh, where a scrape
// would add its interval. Several HAProxies that share the load are read at once and added up.
// The queries are in stats_query.hpp. Read only: nothing is ever set through the socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "metrics/haproxy/haproxy_settings.hpp"
#include "metrics/metric_source.hpp"

namespace spillway::haproxy {

/// Errors: `bad_request` for addresses, certificates or keys that cannot be used; those of
/// `read_file`. `context` and `clock` must outlive the source.
Result<std::unique_ptr<MetricSource>> make_haproxy_source(boost::asio::io_context& context,
                                                          io::Clock& clock, std::string name,
                                                          HaproxyStatsSettings settings);

}  // namespace spillway::haproxy
