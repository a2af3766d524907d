#include "controller/provider/aci/container_body.hpp"

#include <boost/json/object.hpp>
#include <cmath>
#include <utility>

#include "controller/io/base64.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

json::array variables_of(const std::map<std::string, std::string>& open,
                         const std::map<std::string, std::string>& secure) {
  json::array variables{};
  for (const auto& [name, value] : open) variables.push_back({{"name", name}, {"value", value}});
  for (const auto& [name, value] : secure) {
    variables.push_back({{"name", name}, {"secureValue", value}});
  }
  return variables;
}

json::array mounts_of(const std::vector<Mount>& mounts) {
  json::array made{};
  for (const Mount& mount : mounts) {
    json::object each{{"name", mount.volume}, {"mountPath", mount.path}};
    if (mount.is_read_only) each["readOnly"] = true;
    made.push_back(std::move(each));
  }
  return made;
}

json::array ports_of(const std::vector<int>& ports) {
  json::array made{};
  for (const int port : ports) made.push_back(json::object{{"port", port}, {"protocol", "TCP"}});
  return made;
}

json::object probe_of(const ContainerProbe& probe, int usual_port) {
  const auto in_seconds = [](Duration time) {
    return std::chrono::ceil<std::chrono::seconds>(time).count();
  };
  json::object made{};
  if (!probe.command.empty()) {
    json::array command(probe.command.begin(), probe.command.end());
    made["exec"] = json::object{{"command", std::move(command)}};
  } else {
    json::object get{{"path", probe.path},
                     {"port", probe.port == 0 ? usual_port : probe.port},
                     {"scheme", probe.is_https ? "https" : "http"}};
    json::array headers{};
    for (const auto& [name, value] : probe.headers) {
      headers.push_back({{"name", name}, {"value", value}});
    }
    if (!headers.empty()) get["httpHeaders"] = std::move(headers);
    made["httpGet"] = std::move(get);
  }
  made["initialDelaySeconds"] = in_seconds(probe.initial_delay);
  made["periodSeconds"] = in_seconds(probe.period);
  made["timeoutSeconds"] = in_seconds(probe.timeout);
  made["failureThreshold"] = probe.failure_threshold;
  made["successThreshold"] = probe.success_threshold;
  return made;
}

json::object amounts(double vcpu, double memory_gb) {
  return {{"cpu", rounded_share(vcpu)}, {"memoryInGB", rounded_share(memory_gb)}};
}

/// What every container has, in the order in which it is written.
json::object parts_of(const std::string& image, const std::vector<std::string>& command,
                      json::array variables, json::object resources) {
  json::object properties{{"image", image}, {"environmentVariables", std::move(variables)}};
  if (!resources.empty()) properties["resources"] = std::move(resources);
  if (!command.empty()) properties["command"] = json::array(command.begin(), command.end());
  return properties;
}

void add_probes(json::object& properties, const std::optional<ContainerProbe>& liveness,
                const std::optional<ContainerProbe>& readiness, int usual_port) {
  if (liveness) properties["livenessProbe"] = probe_of(*liveness, usual_port);
  if (readiness) properties["readinessProbe"] = probe_of(*readiness, usual_port);
}

json::object main_container(const ReplicaTemplate& replica, const GroupSize& size) {
  const double vcpu{main_vcpu(replica, size.vcpu)};
  const double memory_gb{main_memory_gb(replica, size.memory_gb)};
  json::object resources{{"requests", amounts(vcpu, memory_gb)}};
  if (replica.vcpu_limit > 0.0 || replica.memory_limit_gb > 0.0) {
    resources["limits"] =
        amounts(replica.vcpu_limit > 0.0 ? replica.vcpu_limit : size.vcpu,
                replica.memory_limit_gb > 0.0 ? replica.memory_limit_gb : size.memory_gb);
  }
  json::object properties{parts_of(replica.image, replica.command,
                                   variables_of(replica.env, replica.secure_env),
                                   std::move(resources))};
  std::vector<int> ports{replica.port};
  ports.insert(ports.end(), replica.more_ports.begin(), replica.more_ports.end());
  properties["ports"] = ports_of(ports);
  if (!replica.mounts.empty()) properties["volumeMounts"] = mounts_of(replica.mounts);
  add_probes(properties, replica.liveness, replica.readiness, replica.port);
  return {{"name", container_name}, {"properties", std::move(properties)}};
}

json::object sidecar_of(const Sidecar& sidecar) {
  const ContainerParts& parts{sidecar.parts};
  json::object resources{{"requests", amounts(sidecar.vcpu, sidecar.memory_gb)}};
  json::object properties{parts_of(
      parts.image, parts.command, variables_of(parts.env, parts.secure_env), std::move(resources))};
  if (!sidecar.ports.empty()) properties["ports"] = ports_of(sidecar.ports);
  if (!parts.mounts.empty()) properties["volumeMounts"] = mounts_of(parts.mounts);
  const int usual_port{sidecar.ports.empty() ? 80 : sidecar.ports.front()};
  add_probes(properties, sidecar.liveness, sidecar.readiness, usual_port);
  return {{"name", sidecar.name}, {"properties", std::move(properties)}};
}

}  // namespace

double rounded_share(double amount) {
  return std::round(amount * 100.0) / 100.0;
}

json::array containers_of(const ReplicaTemplate& replica, const GroupSize& size) {
  json::array made{};
  made.push_back(main_container(replica, size));
  for (const Sidecar& sidecar : replica.sidecars) made.push_back(sidecar_of(sidecar));
  return made;
}

json::array init_containers_of(const ReplicaTemplate& replica) {
  json::array made{};
  for (const InitContainer& each : replica.init_containers) {
    const ContainerParts& parts{each.parts};
    json::object properties{
        parts_of(parts.image, parts.command, variables_of(parts.env, parts.secure_env), {})};
    if (!parts.mounts.empty()) properties["volumeMounts"] = mounts_of(parts.mounts);
    made.push_back({{"name", each.name}, {"properties", std::move(properties)}});
  }
  return made;
}

json::array volumes_of(const ReplicaTemplate& replica) {
  json::array made{};
  for (const auto& [name, volume] : replica.volumes) {
    json::object each{{"name", name}};
    if (const auto* secret = std::get_if<SecretVolume>(&volume.kind)) {
      json::object files{};
      for (const auto& [file, content] : secret->files) files[file] = io::base64(content);
      each["secret"] = std::move(files);
    } else if (const auto* share = std::get_if<AzureFileVolume>(&volume.kind)) {
      each["azureFile"] = json::object{{"shareName", share->share},
                                       {"readOnly", share->is_read_only},
                                       {"storageAccountName", share->account},
                                       {"storageAccountKey", share->key}};
    } else {
      each["emptyDir"] = json::object{};
    }
    made.push_back(std::move(each));
  }
  return made;
}

}  // namespace spillway::aci
