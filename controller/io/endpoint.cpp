#include "controller/io/endpoint.hpp"

#include <fmt/format.h>

#include <charconv>

namespace spillway::io {

Result<Endpoint> parse_endpoint(std::string_view text, bool allow_port_zero) {
  const auto refuse = [&](std::string_view why) {
    return Error{
        Errc::malformed,
        fmt::format("address '{}': {}; expected HOST:PORT, [IPV6]:PORT or unix:/PATH", text, why)};
  };
  if (text.starts_with("unix:")) {
    const std::string_view path{text.substr(5)};
    if (!path.starts_with('/')) return refuse("the path of the socket has to be absolute");
    // The kernel's limit for sockaddr_un, including the final zero.
    if (path.size() >= 108) return refuse("the path of the socket exceeds 107 characters");
    return Endpoint{.host = {}, .port = 0, .path = std::string{path}};
  }
  const std::size_t colon{text.rfind(':')};
  if (colon == std::string_view::npos) return refuse("no port");
  std::string_view host{text.substr(0, colon)};
  const std::string_view digits{text.substr(colon + 1)};

  std::uint16_t port{0};
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_number{parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size()};
  if (!is_number || (port == 0 && !allow_port_zero)) {
    return refuse("the port has to be from 1 to 65535");
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refuse("an IPv6 address needs brackets");
  }
  if (host.empty()) return refuse("no host");
  return Endpoint{.host = std::string{host}, .port = port, .path = {}};
}

std::string to_string(const Endpoint& endpoint) {
  if (!endpoint.path.empty()) return "unix:" + endpoint.path;
  const bool is_ipv6{endpoint.host.find(':') != std::string::npos};
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", endpoint.host, is_ipv6 ? "]" : "",
                     endpoint.port);
}

}  // namespace spillway::io
