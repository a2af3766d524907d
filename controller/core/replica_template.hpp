// What one burst replica runs: everything a container group needs beyond its place and size. Comes
// from the config file or from the cluster's own description of the workload.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace spillway {

struct ReplicaTemplate {
  std::string image{};
  std::vector<std::string> command{};  ///< empty: the image's own
  std::map<std::string, std::string> env{};
  std::map<std::string, std::string> secure_env{};  ///< never logged, never read back
  int port{8080};
  std::string registry_server{};
  std::string registry_username{};
  std::string registry_password{};  ///< never logged, never read back
  std::string subnet_id{};          ///< set: a private address in this subnet

  bool operator==(const ReplicaTemplate&) const = default;
};

/// Sixteen hexadecimal digits that differ when anything but the secrets' values differs: tells
/// outdated groups apart. Stable over versions of Spillway and machines (FNV-1a, 64 bits, over a
/// length-prefixed rendering), since it is kept in tags.
std::string template_hash(const ReplicaTemplate& replica);

}  // namespace spillway
