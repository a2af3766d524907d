// What the config file says about a Marathon (DC/OS, or on plain Mesos).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"
#include "controller/io/http_access.hpp"

namespace spillway::marathon {

/// A user of DC/OS, or a service account, that gets a token for some days.
struct LoginSettings {
  std::string url{};
  std::string uid{};
  std::string password{};     ///< of a user; never logged
  std::string private_key{};  ///< of a service account, PEM; never logged
};

struct Settings {
  static constexpr std::string_view type{"marathon"};
  static constexpr bool describes_replicas{true};

  std::vector<std::string> urls{};
  io::HttpAccessSettings access{};
  bool has_login{false};
  LoginSettings login{};
  Duration timeout{std::chrono::seconds{4}};
  int answer_mib_max{64};
  bool follows_events{true};
  Duration list_every{std::chrono::seconds{30}};
  Duration offers_within{std::chrono::seconds{10}};
  std::map<std::string, std::string> secrets{};  ///< by their `source`; never logged
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::marathon
