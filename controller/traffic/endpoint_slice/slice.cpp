#include "controller/traffic/endpoint_slice/slice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"

namespace spillway::endpoint_slice {

namespace json = boost::json;

namespace {

using kubernetes::FieldReader;

constexpr std::string_view weights_annotation{"spillway/weights"};
constexpr int usual_weight{100};

/// The weights by group, as the annotation has them; whoever broke it gets the usual weight.
json::object weights_in(const std::string& text) {
  boost::system::error_code failure{};
  json::value document = json::parse(text, failure);
  if (failure || !document.is_object()) return {};
  return std::move(document.get_object());
}

int weight_of(const json::object& weights, const std::string& group) {
  const json::value* const weight{weights.if_contains(group)};
  if (weight == nullptr) return usual_weight;
  boost::system::error_code failure{};
  const int number{weight->to_number<int>(failure)};
  return failure ? usual_weight : number;
}

json::object endpoint_body(const Endpoint& endpoint) {
  json::object conditions{};
  conditions["ready"] = endpoint.is_ready;
  if (!endpoint.is_ready) {
    // Requests in flight go on; servers that do not know these two fields drop them.
    conditions["serving"] = true;
    conditions["terminating"] = true;
  }
  json::object target{};
  target["kind"] = "ContainerGroup";
  target["name"] = endpoint.group;
  json::object body{};
  body["addresses"] = json::array{json::string{endpoint.ip}};
  body["conditions"] = std::move(conditions);
  body["targetRef"] = std::move(target);
  return body;
}

}  // namespace

Result<Slice> parse_slice(const json::object& object) {
  auto metadata = kubernetes::parse_metadata(object);
  if (!metadata) return with_context("EndpointSlice", metadata.error());
  FieldReader fields{};
  Slice slice{.metadata = std::move(*metadata)};
  const auto label = [&](std::string_view name) {
    const auto found = slice.metadata.labels.find(std::string{name});
    return found == slice.metadata.labels.end() ? std::string{} : found->second;
  };
  if (label(managed_by_label) != managed_by) fields.expected("ours", managed_by_label);
  slice.service = label(service_label);
  slice.workload = label(workload_label);
  slice.is_ipv6 = fields.text(&object, "addressType") == "IPv6";
  const auto ports = fields.objects(&object, "ports");
  if (!ports.empty()) {
    slice.port = fields.count(ports.front(), "port");
    slice.port_name = fields.text(ports.front(), "name");
  }
  const json::object* const about{fields.object(&object, "metadata")};
  for (const json::object* const owner : fields.objects(about, "ownerReferences")) {
    slice.service_uid = fields.text(owner, "uid");
  }
  const auto annotations = fields.text_map(about, "annotations");
  const auto weights_text = annotations.find(std::string{weights_annotation});
  const json::object weights =
      weights_text == annotations.end() ? json::object{} : weights_in(weights_text->second);
  for (const json::object* const each : fields.objects(&object, "endpoints")) {
    const auto addresses = fields.texts(each, "addresses");
    const json::object* const conditions{fields.object(each, "conditions")};
    Endpoint endpoint{.ip = addresses.empty() ? std::string{} : addresses.front(),
                      .group = fields.text(fields.object(each, "targetRef"), "name")};
    // An absent condition means ready.
    endpoint.is_ready =
        conditions == nullptr || !conditions->contains("ready") || fields.flag(conditions, "ready");
    endpoint.weight = weight_of(weights, endpoint.group);
    slice.endpoints.push_back(std::move(endpoint));
  }
  if (fields.mistake()) {
    return with_context("EndpointSlice " + slice.metadata.key(), *fields.mistake());
  }
  return slice;
}

json::object slice_body(const Slice& slice, std::string_view api_version) {
  json::object labels{};
  labels[managed_by_label] = managed_by;
  labels[service_label] = slice.service;
  labels[workload_label] = slice.workload;
  json::object metadata{};
  metadata["name"] = slice.metadata.name;
  metadata["namespace"] = slice.metadata.name_space;
  metadata["labels"] = std::move(labels);
  if (!slice.metadata.resource_version.empty()) {
    metadata["resourceVersion"] = slice.metadata.resource_version;
  }
  if (!slice.service_uid.empty()) {
    json::object owner{};
    owner["apiVersion"] = "v1";
    owner["kind"] = "Service";
    owner["name"] = slice.service;
    owner["uid"] = slice.service_uid;
    metadata["ownerReferences"] = json::array{std::move(owner)};
  }
  json::object weights{};
  json::array endpoints{};
  for (const Endpoint& each : slice.endpoints) {
    endpoints.push_back(endpoint_body(each));
    if (each.weight != usual_weight) weights[each.group] = each.weight;
  }
  if (!weights.empty()) {
    json::object annotations{};
    annotations[weights_annotation] = json::serialize(weights);
    metadata["annotations"] = std::move(annotations);
  }
  json::object port{};
  port["name"] = slice.port_name;
  port["port"] = slice.port;
  port["protocol"] = "TCP";
  json::object body{};
  body["apiVersion"] = api_version;
  body["kind"] = "EndpointSlice";
  body["metadata"] = std::move(metadata);
  body["addressType"] = slice.is_ipv6 ? "IPv6" : "IPv4";
  body["ports"] = json::array{std::move(port)};
  body["endpoints"] = std::move(endpoints);
  return body;
}

std::string slice_name(std::string_view service, std::string_view workload, int port,
                       bool is_ipv6) {
  return fmt::format("{}-spillway-{}-{}{}", service, workload, port, is_ipv6 ? "-v6" : "");
}

std::vector<ListedBackend> backends_of(const Slice& slice) {
  std::vector<ListedBackend> listed{};
  for (const Endpoint& each : slice.endpoints) {
    listed.push_back({.backend = {.group = {each.group},
                                  .workload = slice.workload,
                                  .ip = each.ip,
                                  .port = slice.port,
                                  .weight = each.weight},
                      .state = each.is_ready ? BackendState::admitted : BackendState::draining});
  }
  return listed;
}

bool put(Slice& slice, const Backend& backend, bool is_ready) {
  const Endpoint wanted{.ip = backend.ip,
                        .group = backend.group.name,
                        .is_ready = is_ready,
                        .weight = backend.weight};
  for (Endpoint& each : slice.endpoints) {
    if (each.group != wanted.group) continue;
    if (each == wanted) return false;
    each = wanted;
    return true;
  }
  slice.endpoints.push_back(wanted);
  return true;
}

bool remove(Slice& slice, const std::string& group) {
  return std::erase_if(slice.endpoints, [&](const Endpoint& each) { return each.group == group; }) >
         0;
}

}  // namespace spillway::endpoint_slice
