// Where a stream socket connects to: `HOST:PORT`, `[IPV6]:PORT` or `unix:/PATH`. Text only; names
// are resolved when connecting.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::io {

struct Endpoint {
  std::string host{};  ///< name or address without brackets; empty for a UNIX-domain socket
  std::uint16_t port{0};
  std::string path{};  ///< of a UNIX-domain socket; empty for TCP

  bool operator==(const Endpoint&) const = default;
};

/// Error: `malformed`, saying what was expected. Port 0 is accepted only where one listens.
Result<Endpoint> parse_endpoint(std::string_view text, bool allow_port_zero = false);

/// The inverse of `parse_endpoint`.
std::string to_string(const Endpoint& endpoint);

}  // namespace spillway::io
