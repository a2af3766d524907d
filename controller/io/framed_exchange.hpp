// One question and its answer over TCP, each with its length in two bytes in front, as DNS does it
// (RFC 7766). A connection per call, no TLS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/endpoint.hpp"

namespace spillway::io {

/// The answer without its length, 65535 bytes at most. Errors: `too_large` (the message), else
/// those of `exchange`; `unavailable` also if the other side closes in the middle.
boost::asio::awaitable<Result<std::string>> exchange_framed(Endpoint endpoint, std::string message,
                                                            Clock& clock, Deadline deadline);

}  // namespace spillway::io
