// A real BIND for tests, unprivileged, in a directory of its own, on a free loopback port: the zone
// `example.test` takes updates by the key `spillway`, `closed.test` takes none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "controller/traffic/dns/settings.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::testing {

class NamedRig {
 public:
  /// Throws if named cannot be started.
  explicit NamedRig(RealTime& time);
  ~NamedRig();
  NamedRig(const NamedRig&) = delete;
  NamedRig& operator=(const NamedRig&) = delete;

  static bool is_installed() { return find_program("named").has_value(); }

  /// Of the zone `example.test`, with the right key.
  dns::Settings settings() const;

  void stop();
  /// With the zone files as they were, without any update: a server restored from its image.
  void restart();
  /// Without losing updates.
  void restart_with_updates();

 private:
  void write_zones() const;
  void start();

  RealTime& time_;
  ScratchDirectory scratch_{};
  std::uint16_t port_{free_port()};
  std::unique_ptr<ChildProcess> process_{};
};

}  // namespace spillway::testing
