// The API server's answers: lists, watches, discovery, refusals, every kind of object that is read,
// and what is made of pod templates.

#include <map>
#include <string>

#include "controller/cluster/kubernetes/base_pool.hpp"
#include "controller/cluster/kubernetes/service_name.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/pod_template.hpp"
#include "controller/kubernetes/quantity.hpp"
#include "controller/kubernetes/rights.hpp"
#include "controller/kubernetes/time_text.hpp"
#include "controller/kubernetes/watch_state.hpp"
#include "controller/traffic/endpoint_slice/slice.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_kubernetes {

namespace {

using namespace spillway;
using namespace spillway::kubernetes;

void derive(const PodOwner& owner) {
  ReferencedData referenced{};
  for (const Reference& each : references_of(*owner.pod_template)) {
    referenced[each] = {.data = {{"key", "value"}, {".dockerconfigjson", "{}"}}};
  }
  const TemplateSource source{.pod_template = owner.pod_template.get(),
                              .name_space = "a",
                              .claims = owner.claim_templates,
                              .referenced = &referenced};
  if (const auto derived = derive_replica(source)) {
    SPILLWAY_ASSERT(!derived->derived.replica.image.empty());
    SPILLWAY_ASSERT(derived->derived.left_out.size() ==
                    derived->remarks.left_out.size() + derived->remarks.blocking.size());
  }
}

void read_object(const boost::json::object& object) {
  const auto pod = parse_pod(object);
  const auto node = parse_node(object);
  (void)parse_autoscaler(object).has_value();
  (void)parse_disruption_budget(object).has_value();
  (void)parse_config_map(object).has_value();
  (void)parse_secret(object).has_value();
  if (const auto slice = endpoint_slice::parse_slice(object)) {
    SPILLWAY_ASSERT(endpoint_slice::backends_of(*slice).size() == slice->endpoints.size());
    (void)endpoint_slice::slice_body(*slice, "discovery.k8s.io/v1");
  }
  for (const auto& owner : {parse_deployment(object), parse_stateful_set(object)}) {
    if (!owner) continue;
    if (owner->pod_template) derive(*owner);
    std::map<std::string, Node> nodes{};
    std::map<std::string, Pod> pods{};
    if (node) nodes.emplace("n", *node);
    if (pod) pods.emplace("p", *pod);
    const NodePicture picture{picture_of(nodes, pods)};
    SPILLWAY_ASSERT(pods_that_fit(*owner, picture) >= 0);
    PoolInput input{.owner = &*owner, .nodes = &picture};
    for (const auto& [key, each] : pods) input.pods.push_back(&each);
    const BasePool pool{base_pool(input)};
    SPILLWAY_ASSERT(pool.pending.count >= 0 && pool.room.count >= 0 && pool.ready.count >= 0);
  }
}

}  // namespace

SPILLWAY_FUZZ_TARGET(kubernetes, data, size) {
  const std::string_view body{fuzz::text(data, size)};
  (void)parse_quantity(body);
  (void)parse_time(body);
  (void)parse_service(body, "a").has_value();
  (void)parse_review(body).has_value();
  if (const auto versions = parse_group_versions(body)) SPILLWAY_ASSERT(!versions->empty());
  for (const int status : {403, 409, 410, 429, 500}) {
    const io::HttpResponse response{.status = status, .body = std::string{body}};
    (void)error_of_answer("fuzzing", response);
  }
  TypedStore<Pod> store{parse_pod};
  WatchState state{"/api/v1/pods", {}, store};
  if (state.take_page(body)) SPILLWAY_ASSERT(state.is_synced() || !state.target().empty());
  if (!state.take_event(body)) SPILLWAY_ASSERT(!state.target().empty());
  if (const auto page = parse_list_page(body)) {
    for (const boost::json::object& item : page->items) read_object(item);
  }
  if (const auto event = parse_watch_event(body)) read_object(event->object);
  if (const auto object = parse_object(body)) read_object(*object);
  return 0;
}

}  // namespace spillway::fuzz_kubernetes
