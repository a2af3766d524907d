// The text that may enter a HAProxy command, and how our servers are named. The runtime API is a
// line of words in which `;` ends a command and `\`, quotes, `#`, `<<` have meanings, so whatever
// comes from outside passes here first.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"

namespace spillway::haproxy {

/// Letters, digits, `-`, `_`, `.`, `:`, as HAProxy wants the names of backends and servers; 1 to
/// 200 characters, so that no command comes near its line buffer of 16 KiB.
bool is_valid_name(std::string_view text);

/// A valid name in which `{{workload}}` may stand for a part.
bool is_valid_backend_pattern(std::string_view text);

/// Printable ASCII without the characters that end or bend a command; may be empty.
bool is_valid_options(std::string_view text);

/// `pattern` with the workload's name in each place of `{{workload}}`.
std::string with_workload(std::string_view pattern, std::string_view workload);

/// The name of `workload`'s backend. Error: bad_request, if it would not be a valid name.
Result<std::string> backend_for(std::string_view pattern, std::string_view workload);

/// The group of one of our servers; nothing if it is somebody else's.
std::optional<GroupId> group_of(std::string_view prefix, std::string_view server);

/// True for `aci1`, `aci12`, ... with the slot prefix `aci`: what `server-template aci 1-12` makes.
bool is_slot(std::string_view slots, std::string_view server);

/// `backend/server`, known to be harmless in a command.
class ServerRef {
 public:
  /// Error: bad_request, naming the text that is no valid name.
  static Result<ServerRef> make(std::string_view backend, std::string_view server);

  const std::string& text() const { return text_; }

 private:
  explicit ServerRef(std::string text) : text_{std::move(text)} {}
  std::string text_;
};

/// An IP address and a port, known to be harmless in a command. Never a name: HAProxy would accept
/// one and look it up.
class Address {
 public:
  /// Error: bad_request for anything but an IPv4 or IPv6 address with a port of 1 to 65535.
  static Result<Address> make(std::string_view ip, int port);

  const std::string& ip() const { return ip_; }  ///< in its one canonical form
  int port() const { return port_; }

  bool operator==(const Address&) const = default;

 private:
  Address(std::string ip, int port) : ip_{std::move(ip)}, port_{port} {}
  std::string ip_;
  int port_;
};

}  // namespace spillway::haproxy
