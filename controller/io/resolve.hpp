// Names to addresses. The lookup itself cannot be cancelled (the C library blocks a helper thread
// of Asio for it), but waiting for it can: a slow name server never delays a deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::io {

/// All addresses of `host`, in the order to try them; an address is its own answer, at once.
/// Errors: `unavailable` if the name has none, `cancelled`.
boost::asio::awaitable<Result<std::vector<boost::asio::ip::address>>> resolve(std::string host);

}  // namespace spillway::io
