// A real Docker Swarm with dockerds of its own in a scratch directory: own sockets, own data, no
// change to the machine's firewall. One node uses the machine's loopback; with workers every node
// lives in a network namespace of its own, and nothing leaves those.
#pragma once

#include <map>
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

  /// `more` are further arguments of the manager's dockerd, such as another `--host`.
  explicit SwarmRig(int workers = 0, std::vector<std::string> more = {});
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

  /// Ends a worker like a power cut: every process in its namespace, at once.
  void kill_worker(int index);

  /// The addresses of replicas: 127.X.Y.SLOT, different for each test process.
  std::string address_prefix() const;

 private:
  std::string start();
  std::string start_daemon(const std::string& node);
  std::string connect(int workers);
  std::string namespace_of(const std::string& node) const;
  std::string endpoint_of(const std::string& node) const;
  std::optional<std::string> docker_on(const std::string& node,
                                       std::vector<std::string> arguments) const;

  ScratchDirectory scratch_{};
  int workers_{0};
  std::vector<std::string> more_{};
  std::string endpoint_{};
  std::map<std::string, std::unique_ptr<ChildProcess>> daemons_{};  ///< by node
  std::string why_not_{};
};

}  // namespace spillway::testing
