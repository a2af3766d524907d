// What the config file says about a Kubernetes cluster.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "controller/core/fields.hpp"
#include "controller/kubernetes/connection_settings.hpp"

namespace spillway::kubernetes {

/// How much of the cluster is read.
enum class Scope { cluster, name_space };
inline constexpr std::array<std::string_view, 2> scope_words{"cluster", "namespace"};

/// What happens with a template that has something a burst replica cannot do without.
enum class Unsupported { refuse, leave_out };
inline constexpr std::array<std::string_view, 2> unsupported_words{"refuse", "leave_out"};

/// Whether pods on a cordoned node count: a drain is about to take them.
enum class Cordoned { count, leave_out };
inline constexpr std::array<std::string_view, 2> cordoned_words{"count", "leave_out"};

struct ClusterSettings {
  static constexpr std::string_view type{"kubernetes"};
  static constexpr bool describes_replicas{true};

  ConnectionSettings connection{};
  std::string name_space{};  ///< of services without one; empty: that of the connection
  Scope scope{Scope::cluster};
  Unsupported unsupported{Unsupported::refuse};
  Cordoned cordoned{Cordoned::count};
  Duration stale_after{std::chrono::seconds{30}};
  Duration references_age{std::chrono::minutes{10}};
};

void describe(Fields& fields, ClusterSettings& settings);

}  // namespace spillway::kubernetes
