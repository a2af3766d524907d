// A real etcd for tests, in a directory of its own, on free loopback ports.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::testing {

class EtcdRig {
 public:
  /// Throws if etcd cannot be started.
  explicit EtcdRig(RealTime& time);
  ~EtcdRig();
  EtcdRig(const EtcdRig&) = delete;
  EtcdRig& operator=(const EtcdRig&) = delete;

  static bool is_installed() {
    return find_program("etcd").has_value() && find_program("etcdctl").has_value();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  void stop();
  /// With an empty directory: a store that was lost.
  void restart();

  /// What etcdctl prints for these arguments, a client that is not ours. Throws if it fails.
  std::string run(const std::vector<std::string>& arguments) const;

 private:
  void start();

  RealTime& time_;
  ScratchDirectory scratch_{};
  std::uint16_t port_{free_port()};
  std::uint16_t peer_port_{free_port()};
  std::unique_ptr<ChildProcess> process_{};
};

}  // namespace spillway::testing
