#include "controller/kubernetes/objects.hpp"

#include <algorithm>
#include <utility>

#include "controller/kubernetes/quantity.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

using Object = json::object;

double quantity(FieldReader& fields, const Object* from, std::string_view key) {
  const std::string text{fields.text_or_number(from, key)};
  if (text.empty()) return 0.0;
  const auto amount = parse_quantity(text);
  if (!amount) fields.expected("a quantity", key);
  return amount.value_or(0.0);
}

Requests amounts(FieldReader& fields, const Object* from) {
  return {.cores = quantity(fields, from, "cpu"), .memory_bytes = quantity(fields, from, "memory")};
}

Requests operator+(Requests a, Requests b) {
  return {a.cores + b.cores, a.memory_bytes + b.memory_bytes};
}

Requests larger(Requests a, Requests b) {
  return {std::max(a.cores, b.cores), std::max(a.memory_bytes, b.memory_bytes)};
}

/// A container's requests; where one is missing, its limit stands for it, as in Kubernetes.
Requests container_requests(FieldReader& fields, const Object* container) {
  const Object* const resources{fields.object(container, "resources")};
  const Requests limits{amounts(fields, fields.object(resources, "limits"))};
  Requests requests{amounts(fields, fields.object(resources, "requests"))};
  if (requests.cores == 0.0) requests.cores = limits.cores;
  if (requests.memory_bytes == 0.0) requests.memory_bytes = limits.memory_bytes;
  return requests;
}

Requests read_requests(FieldReader& fields, const Object* spec) {
  Requests all{};
  for (const Object* const container : fields.objects(spec, "containers")) {
    all = all + container_requests(fields, container);
  }
  // Init containers run one after the other; a native sidecar stays and adds to all after it.
  Requests sidecars{};
  Requests initial{};
  for (const Object* const container : fields.objects(spec, "initContainers")) {
    const Requests requests{container_requests(fields, container)};
    if (fields.text(container, "restartPolicy") == "Always") {
      sidecars = sidecars + requests;
      initial = larger(initial, sidecars);
    } else {
      initial = larger(initial, sidecars + requests);
    }
  }
  return larger(all + sidecars, initial) + amounts(fields, fields.object(spec, "overhead"));
}

Metadata read_metadata(FieldReader& fields, const Object& object) {
  const Object* const from{fields.object(&object, "metadata")};
  Metadata metadata{.name = fields.text(from, "name"),
                    .name_space = fields.text(from, "namespace"),
                    .uid = fields.text(from, "uid"),
                    .resource_version = fields.text(from, "resourceVersion"),
                    .labels = fields.text_map(from, "labels"),
                    .generation = fields.count(from, "generation"),
                    .is_deleting = !fields.text(from, "deletionTimestamp").empty()};
  if (metadata.name.empty()) fields.expected("the name of the object", "metadata.name");
  return metadata;
}

/// The condition of this type, null if there is none.
const Object* condition(FieldReader& fields, const Object* status, std::string_view type) {
  for (const Object* const each : fields.objects(status, "conditions")) {
    if (fields.text(each, "type") == type) return each;
  }
  return nullptr;
}

bool is_true(FieldReader& fields, const Object* condition) {
  return fields.text(condition, "status") == "True";
}

template <class T>
Result<T> checked(T value, const FieldReader& fields, std::string_view kind) {
  if (!fields.mistake()) return value;
  return with_context(std::string{kind} + " " + value.metadata.key(), *fields.mistake());
}

PodOwner read_owner(FieldReader& fields, const Object& object, OwnerKind kind) {
  const Object* const spec{fields.object(&object, "spec")};
  const Object* const status{fields.object(&object, "status")};
  const Object* const pod_template{fields.object(spec, "template")};
  const Object* const pod_spec{fields.object(pod_template, "spec")};
  if (pod_spec == nullptr) fields.expected("a pod template", "spec.template.spec");
  PodOwner owner{.kind = kind,
                 .metadata = read_metadata(fields, object),
                 .replicas = fields.count(spec, "replicas", 1),
                 .selector = parse_selector(fields, fields.object(spec, "selector")),
                 .placement = parse_placement(fields, pod_spec),
                 .pod_requests = read_requests(fields, pod_spec)};
  // A scaling changes the generation as well: for the moment until it is observed nobody can tell.
  owner.is_rolling = fields.count(status, "observedGeneration") < owner.metadata.generation;
  if (pod_template != nullptr) owner.pod_template = std::make_shared<const Object>(*pod_template);
  return owner;
}

}  // namespace

std::string_view to_string(OwnerKind kind) {
  return kind == OwnerKind::deployment ? "Deployment" : "StatefulSet";
}

std::string Metadata::key() const {
  return name_space.empty() ? name : name_space + "/" + name;
}

Result<Metadata> parse_metadata(const Object& object) {
  FieldReader fields{};
  Metadata metadata{read_metadata(fields, object)};
  if (fields.mistake()) return *fields.mistake();
  return metadata;
}

Result<Pod> parse_pod(const Object& object) {
  FieldReader fields{};
  const Object* const spec{fields.object(&object, "spec")};
  const Object* const status{fields.object(&object, "status")};
  Pod pod{.metadata = read_metadata(fields, object),
          .node = fields.text(spec, "nodeName"),
          .nominated_node = fields.text(status, "nominatedNodeName"),
          .phase = fields.text(status, "phase"),
          .is_ready = is_true(fields, condition(fields, status, "Ready")),
          .requests = read_requests(fields, spec)};
  const Object* const scheduled{condition(fields, status, "PodScheduled")};
  pod.is_unschedulable = pod.node.empty() && fields.text(scheduled, "status") == "False" &&
                         fields.text(scheduled, "reason") == "Unschedulable";
  if (pod.is_unschedulable) pod.why_not = fields.text(scheduled, "message");
  return checked(std::move(pod), fields, "Pod");
}

Result<Node> parse_node(const Object& object) {
  FieldReader fields{};
  const Object* const spec{fields.object(&object, "spec")};
  const Object* const status{fields.object(&object, "status")};
  const Object* const allocatable{fields.object(status, "allocatable")};
  Node node{
      .metadata = read_metadata(fields, object),
      .is_ready = is_true(fields, condition(fields, status, "Ready")),
      .is_cordoned = fields.flag(spec, "unschedulable"),
      .taints = parse_taints(fields, spec),
      .allocatable = amounts(fields, allocatable),
      .pods_max = static_cast<int>(std::min(quantity(fields, allocatable, "pods"), 1'000'000.0))};
  return checked(std::move(node), fields, "Node");
}

Result<PodOwner> parse_deployment(const Object& object) {
  FieldReader fields{};
  PodOwner owner{read_owner(fields, object, OwnerKind::deployment)};
  const Object* const status{fields.object(&object, "status")};
  const Object* const failure{condition(fields, status, "ReplicaFailure")};
  if (is_true(fields, failure)) {
    owner.create_failure = fields.text(failure, "message");
    if (owner.create_failure.empty()) owner.create_failure = fields.text(failure, "reason");
  }
  const std::string progress{fields.text(condition(fields, status, "Progressing"), "reason")};
  owner.is_stuck = progress == "ProgressDeadlineExceeded";
  // Pods that cannot be placed count as updated, so a full cluster is not taken for a rollout.
  const bool has_old_pods{fields.count(status, "replicas") >
                          fields.count(status, "updatedReplicas")};
  // Recreate ends the old pods before it makes the first new one.
  const Object* const strategy{fields.object(fields.object(&object, "spec"), "strategy")};
  const bool recreates{fields.text(strategy, "type") == "Recreate" && !progress.empty() &&
                       progress != "NewReplicaSetAvailable" && !owner.is_stuck};
  owner.is_rolling = owner.is_rolling || has_old_pods || recreates;
  return checked(std::move(owner), fields, "Deployment");
}

Result<PodOwner> parse_stateful_set(const Object& object) {
  FieldReader fields{};
  PodOwner owner{read_owner(fields, object, OwnerKind::stateful_set)};
  const Object* const spec{fields.object(&object, "spec")};
  owner.is_ordered = fields.text(spec, "podManagementPolicy") != "Parallel";
  const Object* const status{fields.object(&object, "status")};
  const Object* const strategy{fields.object(spec, "updateStrategy")};
  const Object* const rolling{fields.object(strategy, "rollingUpdate")};
  // A partition keeps the pods below it at the old template for good; OnDelete waits for a person.
  const int to_update{owner.replicas - fields.count(rolling, "partition")};
  const bool has_two_revisions{fields.text(status, "currentRevision") !=
                               fields.text(status, "updateRevision")};
  const bool is_updating{has_two_revisions && fields.text(strategy, "type") != "OnDelete" &&
                         fields.count(status, "updatedReplicas") < to_update};
  owner.is_rolling = owner.is_rolling || is_updating;
  for (const Object* const claim : fields.objects(spec, "volumeClaimTemplates")) {
    owner.claim_templates.push_back(fields.text(fields.object(claim, "metadata"), "name"));
  }
  return checked(std::move(owner), fields, "StatefulSet");
}

Result<Autoscaler> parse_autoscaler(const Object& object) {
  FieldReader fields{};
  const Object* const spec{fields.object(&object, "spec")};
  const Object* const target{fields.object(spec, "scaleTargetRef")};
  Autoscaler autoscaler{.metadata = read_metadata(fields, object),
                        .target_kind = fields.text(target, "kind"),
                        .target_name = fields.text(target, "name"),
                        .replicas_max = fields.count(spec, "maxReplicas")};
  // Absent conditions (autoscaling/v1 has none, a young object neither) say nothing against it.
  const Object* const status{fields.object(&object, "status")};
  for (const std::string_view type : {"AbleToScale", "ScalingActive"}) {
    const Object* const each{condition(fields, status, type)};
    if (fields.text(each, "status") == "False") autoscaler.is_able = false;
  }
  return checked(std::move(autoscaler), fields, "HorizontalPodAutoscaler");
}

Result<DisruptionBudget> parse_disruption_budget(const Object& object) {
  FieldReader fields{};
  const Object* const spec{fields.object(&object, "spec")};
  const Object* const status{fields.object(&object, "status")};
  DisruptionBudget budget{.metadata = read_metadata(fields, object),
                          .selector = parse_selector(fields, fields.object(spec, "selector")),
                          .disruptions_allowed = fields.count(status, "disruptionsAllowed")};
  return checked(std::move(budget), fields, "PodDisruptionBudget");
}

Requests requests_of(const Object& pod_spec) {
  FieldReader fields{};
  return read_requests(fields, &pod_spec);
}

}  // namespace spillway::kubernetes
