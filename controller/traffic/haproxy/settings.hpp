// What the config file says about one HAProxy, or several that share the load.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::haproxy {

/// HAProxy's own health check of a burst server, on top of our probe.
struct CheckSettings {
  bool is_enabled{true};
  Duration interval{std::chrono::seconds{1}};
  int fall{3};
  int rise{1};
};

/// TLS to burst servers. Files are named as HAProxy sees them, and have to be in its own config
/// too: at run time it reads none from disk.
struct TlsSettings {
  std::string ca_file{};
  std::string server_name{};  ///< sent as SNI, and what a certificate has to be for
  std::string certificate{};  ///< ours, with its key, for servers that ask for one
  bool verifies{true};
};

/// An entry of a map that tells whether burst replicas get requests.
struct MapSettings {
  std::string file{};  ///< as HAProxy's config names it
  std::string key{"{{workload}}"};
  std::string value{};
  std::string otherwise{};
};

/// What to do while one of several HAProxy processes cannot be reached.
enum class Unreachable {
  hold,  ///< go on admitting on the others; drain and evict fail, since it may be serving
  skip,  ///< it serves nobody, so it is left out until it is back
};

struct Settings {
  static constexpr std::string_view type{"haproxy"};

  std::vector<std::string> sockets{};
  std::string backend{"{{workload}}"};
  std::string prefix{"spillway-"};
  std::string slots{};
  std::optional<int> base_weight{};
  CheckSettings check{};
  int max_connections{0};
  Duration keep_idle{std::chrono::seconds{5}};
  bool has_tls{false};
  TlsSettings tls{};
  std::string options{};
  bool has_map{false};
  MapSettings map{};
  Unreachable unreachable{Unreachable::hold};
  Duration timeout{std::chrono::seconds{2}};
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::haproxy
