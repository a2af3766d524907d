// What the config file says about an etcd that balancers or name servers read replicas from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::etcd {

struct Settings {
  static constexpr std::string_view type{"etcd"};

  std::vector<std::string> urls{};
  std::string prefix{"/spillway/replicas/{{workload}}/"};
  std::string registry{"/spillway/registry/{{workload}}/"};
  std::string user{};
  std::string password{};
  std::string ca_file{};
  std::string certificate_file{};
  std::string key_file{};
  bool insecure_skip_verify{false};
  Duration timeout{std::chrono::seconds{2}};
};

void describe(Fields& fields, Settings& settings);

/// `pattern` with the workload's name put in. Pure.
std::string keys_of(std::string_view pattern, std::string_view workload);

/// True if every workload has keys of its own.
bool serves_many(const Settings& settings);

}  // namespace spillway::etcd
