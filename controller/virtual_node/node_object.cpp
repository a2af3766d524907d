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

json::object condition(std::string_view type, bool is_true, std::string_view reason,
                       TimePoint now) {
  json::object made{};
  made["type"] = type;
  made["status"] = is_true ? "True" : "False";
  made["reason"] = reason;
  made["lastHeartbeatTime"] = kubernetes::time_text(now);
  return made;
}

}  // namespace

std::string registration_body(const Settings& settings) {
  json::object labels{};
  labels["kubernetes.io/hostname"] = settings.name;
  labels["kubernetes.io/os"] = "linux";
  labels["kubernetes.io/arch"] = "amd64";
  // What others tell virtual nodes by: kube-proxy's and CSI's DaemonSets stay away from it.
  labels["type"] = "virtual-kubelet";
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

bool is_cordoned_by_person(const json::object& node) {
  kubernetes::FieldReader fields{};
  const bool is_cordoned{fields.flag(fields.object(&node, "spec"), "unschedulable")};
  const auto marks = fields.text_map(fields.object(&node, "metadata"), "annotations");
  return is_cordoned && !marks.contains(std::string{closed_annotation});
}

std::string status_body(const Settings& settings, TimePoint now, std::string_view version) {
  json::object capacity{};
  capacity["cpu"] = std::to_string(settings.vcpu);
  capacity["memory"] = fmt::format("{:.0f}M", settings.memory_gb * 1000.0);
  capacity["pods"] = std::to_string(settings.pods);
  json::object information{};
  information["architecture"] = "amd64";
  information["operatingSystem"] = "linux";
  information["kubeletVersion"] = fmt::format("v1.20.0-spillway-{}", version);
  information["containerRuntimeVersion"] = "aci://1";
  for (const std::string_view unknown :
       {"bootID", "machineID", "systemUUID", "kernelVersion", "osImage", "kubeProxyVersion"}) {
    information[unknown] = "";
  }
  json::object status{};
  status["capacity"] = capacity;
  status["allocatable"] = std::move(capacity);
  status["conditions"] =
      json::array{condition("Ready", true, "SpillwayReady", now),
                  condition("MemoryPressure", false, "SpillwayHasSufficientMemory", now),
                  condition("DiskPressure", false, "SpillwayHasNoDiskPressure", now),
                  condition("PIDPressure", false, "SpillwayHasSufficientPID", now)};
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
