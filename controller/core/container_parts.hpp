// The parts that a container group is made of besides its main container: sidecars, init
// containers, volumes and the platform's own probes. Values, as the config file says them; what a
// provider makes of them is its business.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway {

/// Scratch space that lives as long as the group.
struct EmptyDirVolume {
  static constexpr std::string_view type{"empty_dir"};
  bool operator==(const EmptyDirVolume&) const = default;
};

/// Small files whose content nobody reads back.
struct SecretVolume {
  static constexpr std::string_view type{"secret"};
  std::map<std::string, std::string> files{};  ///< name -> content; never logged
  bool operator==(const SecretVolume&) const = default;
};

/// A share of a storage account, by SMB.
struct AzureFileVolume {
  static constexpr std::string_view type{"azure_file"};
  std::string account{};
  std::string share{};
  std::string key{};  ///< never logged, never read back
  bool is_read_only{false};
  bool operator==(const AzureFileVolume&) const = default;
};

struct Volume {
  std::variant<EmptyDirVolume, SecretVolume, AzureFileVolume> kind{};
  bool operator==(const Volume&) const = default;
};

struct Mount {
  std::string volume{};  ///< a name in the template's `volumes`
  std::string path{};    ///< absolute
  bool is_read_only{false};
  bool operator==(const Mount&) const = default;
};

/// A probe that the platform runs: a failing liveness restarts the container in place. Ours, which
/// decides on traffic, is probe_settings.hpp.
struct ContainerProbe {
  std::vector<std::string> command{};  ///< set: run in the container; else `path` is asked for
  std::string path{"/"};
  int port{0};  ///< 0: the container's first port
  bool is_https{false};
  std::map<std::string, std::string> headers{};
  Duration initial_delay{};
  Duration period{std::chrono::seconds{10}};
  Duration timeout{std::chrono::seconds{1}};
  int failure_threshold{3};
  int success_threshold{1};
  bool operator==(const ContainerProbe&) const = default;
};

/// What every container of a group has.
struct ContainerParts {
  std::string image{};
  std::vector<std::string> command{};  ///< empty: the image's own
  std::map<std::string, std::string> env{};
  std::map<std::string, std::string> secure_env{};  ///< never logged, never read back
  std::vector<Mount> mounts{};
  bool operator==(const ContainerParts&) const = default;
};

struct InitContainer {
  std::string name{};
  ContainerParts parts{};
  bool operator==(const InitContainer&) const = default;
};

/// A container beside the main one; its share is taken from the group's size.
struct Sidecar {
  std::string name{};
  ContainerParts parts{};
  double vcpu{0.1};
  double memory_gb{0.1};
  std::vector<int> ports{};  ///< reachable from the other containers; not published
  std::optional<ContainerProbe> liveness{};
  std::optional<ContainerProbe> readiness{};
  bool operator==(const Sidecar&) const = default;
};

}  // namespace spillway
