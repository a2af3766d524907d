#include "controller/virtual_node/node_object.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;

namespace {

json::object condition(std::string_view type, bool is_true, std::string_view reason, TimePoint now,
                       TimePoint since) {
  json::object made{};
  made["type"] = type;
  made["status"] = is_true ? "True" : "False";
  made["reason"] = reason;
  made["lastHeartbeatTime"] = kubernetes::time_text(now);
  made["lastTransitionTime"] = kubernetes::time_text(since);
  return made;
}

json::object labels_of(const Settings& settings) {
  json::object labels{};
  for (const auto& [name, value] : node_labels(settings)) labels[name] = value;
  return labels;
}

}  // namespace

kubernetes::Labels node_labels(const Settings& settings) {
  return {
      {"kubernetes.io/hostname", settings.name},
      {"kubernetes.io/os", "linux"},
      {"kubernetes.io/arch", "amd64"},
      // The role that `kubectl get nodes` shows.
      {"kubernetes.io/role", "agent"},
      // What others tell virtual nodes by: kube-proxy's and CSI's DaemonSets stay away from it.
      {"type", "virtual-kubelet"},
      // No machine stands behind its address that a cloud's load balancer could send traffic to.
      {"node.kubernetes.io/exclude-from-external-load-balancers", "true"}};
}

std::string registration_body(const Settings& settings) {
  json::object labels{labels_of(settings)};
  json::object metadata{};
  metadata["name"] = settings.name;
  metadata["labels"] = std::move(labels);
  metadata["annotations"] = json::object{{closed_annotation, "true"}};
  json::object taint{};
  taint["key"] = provider_taint;
  taint["value"] = settings.taint_value;
  taint["effect"] = "NoSchedule";
  json::object spec{};
  spec["taints"] = json::array{std::move(taint)};
  spec["unschedulable"] = true;
  json::object node{};
  node["apiVersion"] = "v1";
  node["kind"] = "Node";
  node["metadata"] = std::move(metadata);
  node["spec"] = std::move(spec);
  return json::serialize(node);
}

std::string labels_body(const Settings& settings) {
  json::object metadata{};
  metadata["labels"] = labels_of(settings);
  json::object patch{};
  patch["metadata"] = std::move(metadata);
  return json::serialize(patch);
}

std::string cordon_body(bool is_cordoned) {
  json::object spec{};
  spec["unschedulable"] = is_cordoned;
  json::object annotations{};
  annotations[closed_annotation] = is_cordoned ? json::value("true") : json::value{};
  json::object metadata{};
  metadata["annotations"] = std::move(annotations);
  json::object patch{};
  patch["metadata"] = std::move(metadata);
  patch["spec"] = std::move(spec);
  return json::serialize(patch);
}

bool is_cordoned(const json::object& node) {
  kubernetes::FieldReader fields{};
  return fields.flag(fields.object(&node, "spec"), "unschedulable");
}

bool is_cordoned_by_person(const json::object& node) {
  kubernetes::FieldReader fields{};
  const auto marks = fields.text_map(fields.object(&node, "metadata"), "annotations");
  return is_cordoned(node) && !marks.contains(std::string{closed_annotation});
}

std::string status_body(const Settings& settings, TimePoint now, TimePoint since) {
  json::object capacity{};
  capacity["cpu"] = std::to_string(settings.vcpu);
  capacity["memory"] = fmt::format("{:.0f}M", settings.memory_gb * 1000.0);
  capacity["pods"] = std::to_string(settings.pods);
  // Each group has a disk of its own; pods that ask for some would fit nowhere without.
  constexpr int disk_gb_per_group{50};
  capacity["ephemeral-storage"] = fmt::format("{}G", settings.pods * disk_gb_per_group);
  json::object information{};
  information["architecture"] = "amd64";
  information["operatingSystem"] = "linux";
  // The version whose behaviour is ours: no feature beyond it is promised.
  information["kubeletVersion"] = "v1.20.0-spillway-" SPILLWAY_VERSION;
  information["containerRuntimeVersion"] = "aci://1";
  for (const std::string_view unknown :
       {"bootID", "machineID", "systemUUID", "kernelVersion", "osImage", "kubeProxyVersion"}) {
    information[unknown] = "";
  }
  json::object status{};
  status["capacity"] = capacity;
  status["allocatable"] = std::move(capacity);
  status["conditions"] =
      json::array{condition("Ready", true, "SpillwayReady", now, since),
                  condition("MemoryPressure", false, "SpillwayHasSufficientMemory", now, since),
                  condition("DiskPressure", false, "SpillwayHasNoDiskPressure", now, since),
                  condition("PIDPressure", false, "SpillwayHasSufficientPID", now, since)};
  status["nodeInfo"] = std::move(information);
  if (settings.has_kubelet) {
    // No Hostname: API servers prefer it by default, and nobody resolves it.
    status["addresses"] =
        json::array{json::object{{"type", "InternalIP"}, {"address", settings.kubelet.address}}};
    const json::object endpoint{{"Port", port_of(settings.kubelet.listen).value_or(10250)}};
    status["daemonEndpoints"] = json::object{{"kubeletEndpoint", endpoint}};
  }
  json::object patch{};
  patch["status"] = std::move(status);
  return json::serialize(patch);
}

std::string lease_body(const Settings& settings, TimePoint now) {
  json::object metadata{};
  metadata["name"] = settings.name;
  json::object spec{};
  spec["holderIdentity"] = settings.name;
  spec["leaseDurationSeconds"] = lease_seconds;
  spec["renewTime"] = kubernetes::micro_time_text(now);
  json::object lease{};
  lease["apiVersion"] = "coordination.k8s.io/v1";
  lease["kind"] = "Lease";
  lease["metadata"] = std::move(metadata);
  lease["spec"] = std::move(spec);
  return json::serialize(lease);
}

std::string lease_renewal(TimePoint now) {
  json::object spec{};
  spec["renewTime"] = kubernetes::micro_time_text(now);
  json::object patch{};
  patch["spec"] = std::move(spec);
  return json::serialize(patch);
}

}  // namespace spillway::virtual_node
