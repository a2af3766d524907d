// How we probe burst replicas. Settings only: who probes is controller/loop, with what
// controller/io.
#pragma once

#include <chrono>
#include <string>

#include "controller/core/units.hpp"

namespace spillway {

/// Our own readiness and health probe of a burst replica; the provider's word is not enough.
struct ProbeSettings {
  std::string path{};    ///< GET this; empty: a TCP connection is enough
  bool is_https{false};  ///< over TLS, whatever the certificate
  int port{0};  ///< 0: the one that takes the traffic; only the cluster's description tells
  Duration timeout{std::chrono::seconds{2}};
  Duration retry_every{std::chrono::milliseconds{500}};  ///< until the first success
  Duration interval{std::chrono::seconds{5}};            ///< while serving
  int failure_threshold{3};  ///< failures in a row before a serving replica is replaced
};

}  // namespace spillway
