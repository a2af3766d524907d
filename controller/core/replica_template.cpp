#include "controller/core/replica_template.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

namespace spillway {
namespace {

/// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis and prime from there).
class Hash {
 public:
  /// Length first, so that {"ab", "c"} and {"a", "bc"} differ.
  Hash& add(std::string_view text) {
    add_bytes(fmt::format("{}:", text.size()));
    add_bytes(text);
    return *this;
  }

  Hash& add(std::string_view key, double number) { return add(key).add(fmt::format("{}", number)); }

  std::string hex() const { return fmt::format("{:016x}", state_); }

 private:
  void add_bytes(std::string_view bytes) {
    for (const char byte : bytes) {
      state_ ^= static_cast<unsigned char>(byte);
      state_ *= 0x100000001b3U;
    }
  }

  std::uint64_t state_{0xcbf29ce484222325U};
};

void add_words(Hash& hash, std::string_view key, const std::vector<std::string>& words) {
  hash.add(key, static_cast<double>(words.size()));
  for (const std::string& word : words) hash.add(word);
}

void add_mounts(Hash& hash, const std::vector<Mount>& mounts) {
  if (mounts.empty()) return;
  hash.add("mounts", static_cast<double>(mounts.size()));
  for (const Mount& mount : mounts) {
    hash.add(mount.volume).add(mount.path).add(mount.is_read_only ? "ro" : "rw");
  }
}

void add_probe(Hash& hash, std::string_view key, const std::optional<ContainerProbe>& probe) {
  if (!probe) return;
  add_words(hash, key, probe->command);
  hash.add(probe->path).add("port", probe->port).add(probe->is_https ? "https" : "http");
  for (const auto& [name, value] : probe->headers) hash.add(name).add(value);
  hash.add("delay", seconds(probe->initial_delay)).add("period", seconds(probe->period));
  hash.add("timeout", seconds(probe->timeout)).add("failures", probe->failure_threshold);
  hash.add("successes", probe->success_threshold);
}

void add_parts(Hash& hash, const ContainerParts& parts) {
  hash.add(parts.image);
  add_words(hash, "command", parts.command);
  hash.add("env", static_cast<double>(parts.env.size()));
  for (const auto& [name, value] : parts.env) hash.add(name).add(value);
  for (const auto& [name, value] : parts.secure_env) hash.add(name);
  add_mounts(hash, parts.mounts);
}

void add_volume(Hash& hash, const std::string& name, const Volume& volume) {
  hash.add("volume").add(name);
  if (const auto* secret = std::get_if<SecretVolume>(&volume.kind)) {
    for (const auto& [file, content] : secret->files) hash.add(file);
  } else if (const auto* share = std::get_if<AzureFileVolume>(&volume.kind)) {
    hash.add(share->account).add(share->share).add(share->is_read_only ? "ro" : "rw");
  } else {
    hash.add(EmptyDirVolume::type);
  }
}

/// Everything that came after the first version, each only where it is not at its default.
void add_newer(Hash& hash, const ReplicaTemplate& replica) {
  const auto add_text{[&hash](std::string_view key, const std::string& text) {
    if (!text.empty()) hash.add(key).add(text);
  }};
  const auto add_number{[&hash](std::string_view key, double number) {
    if (number != 0.0) hash.add(key, number);
  }};
  add_text("registry_identity", replica.registry_identity);
  for (const int port : replica.more_ports) add_number("port", port);
  add_number("vcpu_limit", replica.vcpu_limit);
  add_number("memory_limit", replica.memory_limit_gb);
  add_mounts(hash, replica.mounts);
  add_probe(hash, "liveness", replica.liveness);
  add_probe(hash, "readiness", replica.readiness);
  for (const Sidecar& each : replica.sidecars) {
    hash.add("sidecar").add(each.name).add("vcpu", each.vcpu).add("memory", each.memory_gb);
    add_parts(hash, each.parts);
    for (const int port : each.ports) hash.add("port", port);
    add_probe(hash, "liveness", each.liveness);
    add_probe(hash, "readiness", each.readiness);
  }
  for (const InitContainer& each : replica.init_containers) {
    hash.add("init").add(each.name);
    add_parts(hash, each.parts);
  }
  for (const auto& [name, volume] : replica.volumes) add_volume(hash, name, volume);
  add_number("restart", static_cast<int>(replica.restart));
  add_number("address", static_cast<int>(replica.address));
  add_text("dns_label", replica.dns_label);
  add_number("dns_reuse", static_cast<int>(replica.dns_reuse));
  add_number("sku", static_cast<int>(replica.sku));
  add_text("cce_policy", replica.cce_policy);
  for (const std::string& id : replica.identities) add_text("identity", id);
  add_number("system_identity", replica.has_system_identity ? 1.0 : 0.0);
  add_text("log_workspace", replica.log_workspace_id);
  for (const auto& [name, value] : replica.tags) hash.add("tag").add(name).add(value);
}

}  // namespace

double main_vcpu(const ReplicaTemplate& replica, double group_vcpu) {
  for (const Sidecar& each : replica.sidecars) group_vcpu -= each.vcpu;
  return group_vcpu;
}

double main_memory_gb(const ReplicaTemplate& replica, double group_memory_gb) {
  for (const Sidecar& each : replica.sidecars) group_memory_gb -= each.memory_gb;
  return group_memory_gb;
}

std::string template_hash(const ReplicaTemplate& replica) {
  Hash hash{};
  hash.add(replica.image).add(std::to_string(replica.command.size()));
  for (const std::string& word : replica.command) hash.add(word);
  hash.add(std::to_string(replica.env.size()));
  for (const auto& [name, value] : replica.env) hash.add(name).add(value);
  for (const auto& [name, value] : replica.secure_env) hash.add(name);
  hash.add(std::to_string(replica.port)).add(replica.registry_server);
  hash.add(replica.registry_username).add(replica.subnet_id);
  add_newer(hash, replica);
  return hash.hex();
}

}  // namespace spillway
