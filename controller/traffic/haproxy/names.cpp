#include "controller/traffic/haproxy/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "controller/io/http.hpp"

namespace spillway::haproxy {

namespace {

constexpr std::string_view placeholder{"{{workload}}"};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == ':';
}

}  // namespace

std::string with_workload(std::string_view pattern, std::string_view workload) {
  std::string name{pattern};
  for (auto at = name.find(placeholder); at != std::string::npos;
       at = name.find(placeholder, at + workload.size())) {
    name.replace(at, placeholder.size(), workload);
  }
  return name;
}

bool is_valid_name(std::string_view text) {
  return !text.empty() && text.size() <= 200 &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_valid_backend_pattern(std::string_view text) {
  return is_valid_name(with_workload(text, "w"));
}

bool is_valid_options(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && std::string_view{";\\\"'#<>"}.find(c) == std::string_view::npos;
  });
}

Result<std::string> backend_for(std::string_view pattern, std::string_view workload) {
  std::string name{with_workload(pattern, workload)};
  if (is_valid_name(name)) return name;
  return Error{Errc::bad_request,
               fmt::format("`{}` cannot name a HAProxy backend: letters, digits, - _ . : only",
                           io::excerpt(name, 80))};
}

std::optional<GroupId> group_of(std::string_view prefix, std::string_view server) {
  SPILLWAY_ASSERT(!prefix.empty());  // or every server would be ours
  if (!server.starts_with(prefix) || server.size() == prefix.size()) return std::nullopt;
  return GroupId{std::string{server.substr(prefix.size())}};
}

bool is_slot(std::string_view slots, std::string_view server) {
  if (slots.empty() || !server.starts_with(slots)) return false;
  const std::string_view number{server.substr(slots.size())};
  return !number.empty() && number.front() != '0' &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<ServerRef> ServerRef::make(std::string_view backend, std::string_view server) {
  for (const std::string_view name : {backend, server}) {
    if (!is_valid_name(name)) {
      return Error{Errc::bad_request,
                   fmt::format("`{}` is no valid HAProxy name", io::excerpt(name, 80))};
    }
  }
  return ServerRef{fmt::format("{}/{}", backend, server)};
}

Result<Address> Address::make(std::string_view ip, int port) {
  boost::system::error_code failure{};
  const auto parsed = boost::asio::ip::make_address(std::string{ip}, failure);
  // A scope (`fe80::1%eth0`) is text of its own: not needed, so not let in.
  const bool is_usable{!failure && ip.find('%') == std::string_view::npos && port >= 1 &&
                       port <= 65535};
  if (is_usable) return Address{parsed.to_string(), port};
  return Error{Errc::bad_request,
               fmt::format("`{}` port {} is no IP address with a port", io::excerpt(ip, 80), port)};
}

}  // namespace spillway::haproxy
