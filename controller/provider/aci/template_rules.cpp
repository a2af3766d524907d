#include "controller/provider/aci/template_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "controller/provider/aci/azure_names.hpp"
#include "controller/provider/aci/container_body.hpp"
#include "controller/provider/aci/image_rule.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace {

// container-instances-resource-and-quota-limits.md, 2025-11-17.
constexpr std::size_t containers_max{60};
constexpr std::size_t volumes_max{20};
constexpr std::size_t ports_max{5};
constexpr std::size_t tags_max{50 - 5};  // five are ours
constexpr std::size_t tag_bytes_max{256};
constexpr double vcpu_max{31.0};
constexpr double memory_gb_max{240.0};
constexpr double confidential_memory_gb_max{180.0};
constexpr double spot_vcpu_max{4.0};
constexpr double spot_memory_gb_max{16.0};
constexpr std::array<std::string_view, 3> spot_regions{"eastus2", "westeurope", "westus"};
constexpr double smallest_share{0.01};
constexpr double smallest_memory_gb{0.1};
constexpr double share_rounding{1e-9};
constexpr std::string_view user_identity{"Microsoft.ManagedIdentity/userAssignedIdentities"};
constexpr std::string_view subnet{"Microsoft.Network/virtualNetworks/subnets"};

using Steps = std::vector<std::string>;

Steps operator/(Steps steps, std::string_view step) {
  steps.emplace_back(step);
  return steps;
}

class Rules {
 public:
  Rules(const ReplicaTemplate& replica, const GroupSize& size) : replica_{replica}, size_{size} {}

  std::vector<TemplateFault> check() {
    check_main();
    check_ports();
    check_sizes();
    check_sidecars();
    check_init_containers();
    check_volumes();
    check_registry();
    check_network();
    check_kind();
    check_extras();
    return std::move(faults_);
  }

 private:
  void need(bool holds, Steps path, std::string message) {
    if (!holds) faults_.push_back({std::move(path), std::move(message)});
  }

  void check_main() {
    need(!replica_.image.empty(), {"image"}, "is missing: every container runs an image");
    check_image(replica_.image, {"image"});
    check_variables(replica_.env, replica_.secure_env, {});
    check_command(replica_.command, {"command"});
    check_mounts(replica_.mounts, {"mounts"});
    check_probe(replica_.liveness, {"liveness"});
    check_probe(replica_.readiness, {"readiness"});
    if (replica_.restart == RestartPolicy::never) {
      need(!replica_.liveness, {"liveness"},
           "has no effect with \"restart: never\": Azure restarts nothing then; leave it out, our "
           "own \"probe\" replaces a replica that fails");
    }
  }

  void check_image(const std::string& image, Steps path) {
    const std::string fault{image_fault(image)};
    need(fault.empty(), std::move(path), fault);
  }

  void check_command(const std::vector<std::string>& command, Steps path) {
    need(command.empty() || !command.front().empty(), std::move(path),
         "begins with an empty word; expected the program");
  }

  void check_variables(const std::map<std::string, std::string>& open,
                       const std::map<std::string, std::string>& secure, const Steps& above) {
    for (const auto& [section, variables] :
         {std::pair{"env", &open}, std::pair{"secure_env", &secure}}) {
      for (const auto& [name, value] : *variables) {
        need(is_variable_name(name), above / section / name,
             "Azure allows 1 to 63 letters, digits and underscores here, no underscore first or "
             "last");
      }
    }
    for (const auto& [name, value] : secure) {
      need(!open.contains(name), above / "secure_env" / name, "is in \"env\" as well");
    }
  }

  void check_mounts(const std::vector<Mount>& mounts, const Steps& above) {
    std::set<std::string> paths{};
    for (std::size_t i{0}; i < mounts.size(); ++i) {
      const Steps here{above / std::to_string(i)};
      const Mount& mount{mounts[i]};
      need(replica_.volumes.contains(mount.volume), here / "volume",
           fmt::format("there is no volume \"{}\"; add it to \"volumes\"", mount.volume));
      need(mount.path.starts_with('/') && mount.path.find(':') == std::string::npos, here / "path",
           "should be an absolute path without a colon");
      need(paths.insert(mount.path).second, here / "path",
           fmt::format("\"{}\" is mounted twice", mount.path));
    }
  }

  void check_probe(const std::optional<ContainerProbe>& probe, const Steps& here) {
    if (!probe) return;
    need(probe->port >= 0 && probe->port <= 65535, here / "port", "should be 1 to 65535");
    need(!probe->command.empty() || probe->path.starts_with('/'), here / "path",
         "should begin with a slash");
    need(probe->period >= std::chrono::seconds{1}, here / "period", "should be at least 1s");
    need(probe->timeout >= std::chrono::seconds{1}, here / "timeout", "should be at least 1s");
  }

  void check_ports() {
    std::set<int> taken{};
    const auto check_port = [&](int port, Steps path) {
      need(is_usable_port(port), path,
           fmt::format("Azure Container Instances keeps port {} for itself (reserved: 22, "
                       "1025-1027, 3389-3399, 9999, 19000, 19080, 19100, 19390, 20000-30000, "
                       "49152-65534)",
                       port));
      // One network namespace: containers of a group cannot listen on the same port.
      need(taken.insert(port).second, std::move(path),
           fmt::format("port {} is used twice in the group", port));
    };
    check_port(replica_.port, {"port"});
    for (std::size_t i{0}; i < replica_.more_ports.size(); ++i) {
      check_port(replica_.more_ports[i], Steps{"more_ports", std::to_string(i), "port"});
    }
    need(1 + replica_.more_ports.size() <= ports_max, {"more_ports"},
         "a group publishes at most 5 ports");
    for (std::size_t i{0}; i < replica_.sidecars.size(); ++i) {
      const Sidecar& sidecar{replica_.sidecars[i]};
      for (std::size_t p{0}; p < sidecar.ports.size(); ++p) {
        check_port(sidecar.ports[p],
                   Steps{"sidecars", std::to_string(i), "ports", std::to_string(p), "port"});
      }
    }
  }

  void check_sizes() {
    const bool is_confidential{replica_.sku == GroupSku::confidential};
    const double memory_max{is_confidential ? confidential_memory_gb_max : memory_gb_max};
    need(size_.vcpu > 0.0 && size_.vcpu <= vcpu_max, {"vcpu"},
         fmt::format("should be above 0 and at most {} for a group", vcpu_max));
    need(size_.memory_gb > 0.0 && size_.memory_gb <= memory_max, {"memory"},
         fmt::format("should be above 0 and at most {} GB for a {} group", memory_max,
                     sku_words[static_cast<std::size_t>(replica_.sku)]));
    if (!std::isfinite(size_.vcpu) || !std::isfinite(size_.memory_gb)) return;
    need(main_vcpu(replica_, size_.vcpu) >= smallest_share - share_rounding, {"vcpu"},
         "the sidecars leave nothing for the main container: raise it or shrink them");
    need(main_memory_gb(replica_, size_.memory_gb) >= smallest_memory_gb - share_rounding,
         {"memory"}, "the sidecars leave nothing for the main container: raise it or shrink them");
    check_limit(replica_.vcpu_limit, main_vcpu(replica_, size_.vcpu), size_.vcpu, "vcpu_limit");
    check_limit(replica_.memory_limit_gb, main_memory_gb(replica_, size_.memory_gb),
                size_.memory_gb, "memory_limit");
  }

  void check_limit(double limit, double request, double group, std::string_view key) {
    if (limit == 0.0) return;  // not set
    need(limit >= request - share_rounding && limit <= group + share_rounding, {std::string{key}},
         fmt::format("{} should be between the main container's share ({:.2f}) and the whole group "
                     "({:.2f})",
                     limit, request, group));
  }

  void check_sidecars() {
    need(1 + replica_.sidecars.size() + replica_.init_containers.size() <= containers_max,
         {"sidecars"}, "a group has at most 60 containers");
    for (std::size_t i{0}; i < replica_.sidecars.size(); ++i) {
      const Sidecar& sidecar{replica_.sidecars[i]};
      const Steps here{"sidecars", std::to_string(i)};
      check_name(sidecar.name, here);
      check_parts(sidecar.parts, here);
      need(sidecar.vcpu >= smallest_share, here / "vcpu", "should be at least 0.01");
      need(sidecar.memory_gb >= smallest_memory_gb - share_rounding, here / "memory",
           "should be at least 0.1 GB");
      check_probe(sidecar.liveness, here / "liveness");
      check_probe(sidecar.readiness, here / "readiness");
    }
  }

  void check_init_containers() {
    for (std::size_t i{0}; i < replica_.init_containers.size(); ++i) {
      const Steps here{"init_containers", std::to_string(i)};
      check_name(replica_.init_containers[i].name, here);
      check_parts(replica_.init_containers[i].parts, here);
    }
  }

  void check_name(const std::string& name, const Steps& here) {
    need(is_group_name(name), here / "name",
         "should be 1 to 63 lower case letters, digits and single hyphens, no hyphen first or "
         "last");
    need(name != container_name && names_.insert(name).second, here / "name",
         fmt::format("\"{}\" is the name of another container", name));
  }

  void check_parts(const ContainerParts& parts, const Steps& here) {
    need(!parts.image.empty(), here / "image", "is missing: every container runs an image");
    check_image(parts.image, here / "image");
    check_command(parts.command, here / "command");
    check_variables(parts.env, parts.secure_env, here);
    check_mounts(parts.mounts, here / "mounts");
  }

  void check_volumes() {
    need(replica_.volumes.size() <= volumes_max, {"volumes"}, "a group has at most 20 volumes");
    for (const auto& [name, volume] : replica_.volumes) {
      const Steps here{"volumes", name};
      need(is_volume_name(name), here,
           "a volume's name should be 5 to 63 lower case letters, digits and single hyphens");
      if (const auto* share = std::get_if<AzureFileVolume>(&volume.kind)) {
        need(is_storage_account(share->account), here / "account",
             "should be 3 to 24 lower case letters and digits");
        need(is_share_name(share->share), here / "share",
             "should be 3 to 63 lower case letters, digits and single hyphens");
        need(!share->key.empty(), here / "key", "is missing: Azure mounts a share by its key");
      }
      if (const auto* secret = std::get_if<SecretVolume>(&volume.kind)) {
        need(!secret->files.empty(), here / "files", "is empty; expected file names with content");
        for (const auto& [file, content] : secret->files) {
          need(!file.empty() && file.find('/') == std::string::npos, here / "files" / file,
               "a file's name should have no slash");
        }
      }
    }
  }

  void check_registry() {
    const std::string& server{replica_.registry_server};
    need(server.find('/') == std::string::npos, {"registry", "server"},
         "should be a host such as example.azurecr.io, without scheme or path");
    const bool has_login{!replica_.registry_username.empty() ||
                         !replica_.registry_password.empty()};
    need(replica_.registry_identity.empty() || !has_login, {"registry", "identity"},
         "a registry is pulled from by identity or by password, not both");
    check_identity_id(replica_.registry_identity, {"registry", "identity"});
  }

  void check_identity_id(const std::string& id, Steps path) {
    need(id.empty() || is_resource_id(id, user_identity), std::move(path),
         "should be /subscriptions/.../resourceGroups/.../providers/Microsoft.ManagedIdentity/"
         "userAssignedIdentities/NAME");
  }

  void check_network() {
    using enum AddressKind;
    const bool has_subnet{!replica_.subnet_id.empty()};
    need(!has_subnet || is_resource_id(replica_.subnet_id, subnet), {"subnet_id"},
         "should be /subscriptions/.../resourceGroups/.../providers/Microsoft.Network/"
         "virtualNetworks/NAME/subnets/NAME");
    need(replica_.address != public_ip || !has_subnet, {"address"},
         "a group in a subnet has no public address: use \"private\", and a NAT gateway for what "
         "goes out");
    need(replica_.address != private_ip || has_subnet, {"address"},
         "a private address needs \"subnet_id\"");
    if (replica_.dns_label.empty()) {
      need(replica_.dns_reuse == DnsReuse::unsecure, {"dns_reuse"}, "needs \"dns_label\"");
      return;
    }
    need(is_dns_stem(replica_.dns_label), {"dns_label"},
         "should be 1 to 52 lower case letters, digits and single hyphens, a letter first: each "
         "group adds its own end, as labels are unique in a region");
    need(!has_subnet && replica_.address != private_ip && replica_.address != none, {"dns_label"},
         "a DNS label needs a public address");
  }

  void check_kind() {
    need(replica_.gpus == 0, {"gpus"},
         "Azure retired GPU container groups on 2025-07-14: use a VM scale set for GPU work");
    const bool is_confidential{replica_.sku == GroupSku::confidential};
    need(!is_confidential || !replica_.cce_policy.empty(), {"cce_policy"},
         "is required for a confidential group: make it with \"az confcom acipolicygen\"");
    need(is_confidential || replica_.cce_policy.empty(), {"cce_policy"},
         "needs \"sku: confidential\"");
  }

  void check_extras() {
    for (std::size_t i{0}; i < replica_.identities.size(); ++i) {
      check_identity_id(replica_.identities[i], {"identities", std::to_string(i)});
    }
    need(replica_.log_workspace_id.empty() == replica_.log_workspace_key.empty(), {"log_analytics"},
         "workspace_id and workspace_key belong together: set both or none");
    need(replica_.tags.size() <= tags_max, {"tags"},
         "a group has at most 50 tags, and five are ours");
    std::set<std::string> names{};
    for (const auto& [name, value] : replica_.tags) {
      need(is_tag_name(name), {"tags", name},
           "a tag's name has at most 512 characters, none of <>%&\\?/, and does not begin with "
           "microsoft, azure, windows or spillway-");
      need(value.size() <= tag_bytes_max, {"tags", name},
           "a tag's value is at most 256 bytes long");
      need(names.insert(lower(name)).second, {"tags", name},
           "is there twice: Azure compares tag names without case");
    }
  }

  const ReplicaTemplate& replica_;
  const GroupSize& size_;
  std::set<std::string> names_{};
  std::vector<TemplateFault> faults_{};
};

}  // namespace

std::string sentence_of(const TemplateFault& fault) {
  return fmt::format("{}{}{}", fmt::join(fault.path, "."), fault.path.empty() ? "" : ": ",
                     fault.message);
}

std::vector<TemplateFault> template_faults(const ReplicaTemplate& replica, const GroupSize& size) {
  return Rules{replica, size}.check();
}

std::vector<TemplateFault> place_faults(const ReplicaTemplate& replica, const GroupSize& size,
                                        const Place& place) {
  std::vector<TemplateFault> faults{};
  if (place.priority != Priority::spot) return faults;
  const auto need = [&](bool holds, Steps path, std::string message) {
    if (!holds) faults.push_back({std::move(path), std::move(message)});
  };
  const std::string region{region_name(place.region)};
  need(std::ranges::find(spot_regions, region) != spot_regions.end(), {},
       fmt::format("there is no Spot in {}: only in eastus2, westeurope and westus", region));
  need(place.zone.empty(), {}, "a Spot group cannot have a zone");
  need(replica.subnet_id.empty(), {"subnet_id"}, "a Spot group cannot be in a subnet");
  need(replica.address == AddressKind::automatic || replica.address == AddressKind::none,
       {"address"}, "a Spot group has no address: only workers that reach out can use it");
  need(replica.dns_label.empty(), {"dns_label"}, "a Spot group has no address");
  need(replica.sku != GroupSku::confidential, {"sku"}, "a Spot group cannot be confidential");
  need(size.vcpu <= spot_vcpu_max, {"vcpu"}, "a Spot group has at most 4 vCPU");
  need(size.memory_gb <= spot_memory_gb_max, {"memory"}, "a Spot group has at most 16 GB");
  return faults;
}

std::vector<TemplateFault> standby_faults(const ReplicaTemplate& replica) {
  std::vector<TemplateFault> faults{};
  const auto need = [&](bool holds, Steps path, std::string message) {
    if (!holds) faults.push_back({std::move(path), std::move(message)});
  };
  need(replica.identities.empty(), {"identities"},
       "a group that is kept warm comes from a container group profile, which has no identity: "
       "leave \"standby\" out");
  need(!replica.has_system_identity, {"system_identity"},
       "a group that is kept warm comes from a container group profile, which has no identity: "
       "leave \"standby\" out");
  need(replica.registry_identity.empty(), {"registry", "identity"},
       "a group that is kept warm comes from a container group profile, which has no identity to "
       "pull with: use username and password, or leave \"standby\" out");
  need(replica.dns_label.empty(), {"dns_label"},
       "groups that are kept warm have no DNS label: a label is unique in a region, and all of "
       "them are made from one profile; leave \"standby\" out");
  return faults;
}

}  // namespace spillway::aci
