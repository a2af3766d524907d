// One question and its answer over a stream socket, for text protocols such as HAProxy's runtime
// API, and a bare connection attempt for readiness probes. A connection per call, no TLS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/endpoint.hpp"

namespace spillway::io {

/// Connects, sends `text` as it is (with the protocol's own line ends), and returns what comes back
/// until the other side closes. Errors: `unavailable` (no name, refused, reset), `too_large` beyond
/// `limit` bytes, `timeout`, `cancelled`. The other side may have acted on `text` in each case.
boost::asio::awaitable<Result<std::string>> exchange(Endpoint endpoint, std::string text,
                                                     std::size_t limit, Clock& clock,
                                                     Deadline deadline);

/// Success if a connection was accepted; it is closed at once. Errors as `exchange`.
boost::asio::awaitable<Result<void>> try_connect(Endpoint endpoint, Clock& clock,
                                                 Deadline deadline);

}  // namespace spillway::io
