// A real Docker Swarm of one node, with a dockerd of its own in a scratch directory: own socket,
// own data, no bridge, no change to the machine's firewall. Containers use the machine's loopback.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"

namespace spillway::testing {

class SwarmRig {
 public:
  /// Why there is none on this machine; empty after success.
  const std::string& why_not() const { return why_not_; }

  SwarmRig();
  ~SwarmRig();
  SwarmRig(const SwarmRig&) = delete;
  SwarmRig& operator=(const SwarmRig&) = delete;

  /// `unix:///.../docker.sock`.
  const std::string& endpoint() const { return endpoint_; }

  /// Runs `docker` with these arguments and returns what it said; nothing if it failed, after
  /// telling why.
  std::optional<std::string> docker(std::vector<std::string> arguments) const;

  /// Makes the image `name` of one program and the libraries that it needs; it is the entry point.
  bool make_image(const std::string& program, const std::string& name) const;

  /// The addresses of replicas: 127.X.Y.SLOT, different for each test process.
  std::string address_prefix() const;

 private:
  std::string start();

  ScratchDirectory scratch_{};
  std::string endpoint_{};
  std::unique_ptr<ChildProcess> daemon_{};
  std::string why_not_{};
};

}  // namespace spillway::testing
