// What the config file says about names in a DNS zone that takes dynamic updates.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::dns {

enum class Algorithm { hmac_sha256, hmac_sha384, hmac_sha512 };

/// The key that the server knows us by (TSIG, RFC 8945).
struct KeySettings {
  std::string name{};
  std::string secret{};  ///< Base64, as tsig-keygen prints it
  Algorithm algorithm{Algorithm::hmac_sha256};
};

struct Settings {
  static constexpr std::string_view type{"dns"};

  std::string server{};
  std::string zone{};
  std::string name{"{{workload}}"};
  std::string owner{"spillway"};
  Duration ttl{std::chrono::seconds{30}};
  bool has_key{false};
  KeySettings key{};
  Duration timeout{std::chrono::seconds{2}};
};

void describe(Fields& fields, Settings& settings);

/// The full name, without the dot at its end, that requests for `workload` look up. Pure.
/// Example: name `{{workload}}.burst` in the zone `example.com` is `web.burst.example.com`.
std::string name_of(const Settings& settings, std::string_view workload);

/// True if every workload has a name of its own.
bool serves_many(const Settings& settings);

/// Letters, digits, `-` and `_` between dots, as DNS limits them; a dot at the end is allowed.
bool is_domain_name(std::string_view text);

}  // namespace spillway::dns
