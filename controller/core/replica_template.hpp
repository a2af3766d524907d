// What one burst replica runs: everything a container group needs beyond its place and size. Comes
// from the config file or from the cluster's own description of the workload.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/container_parts.hpp"

namespace spillway {

/// When the platform starts an ended container again. `always` turns a crash into a billed loop,
/// which our own probe ends; the others are for work that finishes.
enum class RestartPolicy { always, on_failure, never };
inline constexpr std::array<std::string_view, 3> restart_policy_words{"always", "on_failure",
                                                                      "never"};

enum class AddressKind {
  automatic,  ///< private in a subnet, none on spot, else public
  public_ip,
  private_ip,
  none  ///< reaches out only: workers of a queue
};
inline constexpr std::array<std::string_view, 4> address_words{"auto", "public", "private", "none"};

/// Who may get a DNS label again after its group is gone; everybody but `unsecure` adds a hash.
enum class DnsReuse { unsecure, tenant, subscription, resource_group, noreuse };
inline constexpr std::array<std::string_view, 5> dns_reuse_words{
    "unsecure", "tenant", "subscription", "resource_group", "noreuse"};

enum class GroupSku { standard, confidential, dedicated };
inline constexpr std::array<std::string_view, 3> sku_words{"standard", "confidential", "dedicated"};

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

  std::string registry_identity{};  ///< ARM id of the identity that pulls, instead of a password
  std::vector<int> more_ports{};    ///< published beside `port`
  double vcpu_limit{0.0};           ///< of the main container; 0: the group's
  double memory_limit_gb{0.0};      ///< likewise
  std::vector<Mount> mounts{};
  std::optional<ContainerProbe> liveness{};
  std::optional<ContainerProbe> readiness{};
  std::vector<Sidecar> sidecars{};
  std::vector<InitContainer> init_containers{};
  std::map<std::string, Volume> volumes{};
  RestartPolicy restart{RestartPolicy::always};
  AddressKind address{AddressKind::automatic};
  std::string dns_label{};  ///< beginning of the label; each group adds its own end
  DnsReuse dns_reuse{DnsReuse::unsecure};
  GroupSku sku{GroupSku::standard};
  std::string cce_policy{};               ///< of a confidential group, base64
  std::vector<std::string> identities{};  ///< ARM ids of user-assigned identities
  bool has_system_identity{false};
  std::string log_workspace_id{};
  std::string log_workspace_key{};            ///< never logged, never read back
  std::map<std::string, std::string> tags{};  ///< beside our own
  int gpus{0};                                ///< kept so that it can be refused with the reason

  bool operator==(const ReplicaTemplate&) const = default;
};

/// The main container's share of a group of this many vCPUs or gigabytes: what the sidecars leave.
double main_vcpu(const ReplicaTemplate& replica, double group_vcpu);
double main_memory_gb(const ReplicaTemplate& replica, double group_memory_gb);

/// Sixteen hexadecimal digits that differ when anything but the secrets' values differs: tells
/// outdated groups apart. What is left at its default does not count, so that a new kind of setting
/// outdates nothing. Stable over versions of Spillway and machines (FNV-1a, 64 bits, over a
/// length-prefixed rendering), since it is kept in tags.
std::string template_hash(const ReplicaTemplate& replica);

}  // namespace spillway
