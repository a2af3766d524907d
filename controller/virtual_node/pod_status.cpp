#include "controller/virtual_node/pod_status.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;

namespace {

std::string_view to_string(PodPhase phase) {
  switch (phase) {
    case PodPhase::pending:
      return "Pending";
    case PodPhase::running:
      return "Running";
    case PodPhase::failed:
      return "Failed";
    case PodPhase::succeeded:
      return "Succeeded";
  }
  return "Unknown";
}

json::object condition(std::string_view type, bool is_true, TimePoint now) {
  json::object made{};
  made["type"] = type;
  made["status"] = is_true ? "True" : "False";
  made["lastTransitionTime"] = kubernetes::time_text(now);
  return made;
}

json::object container_state(const PodState& state, TimePoint now) {
  json::object made{};
  json::object detail{};
  switch (state.phase) {
    case PodPhase::pending:
      detail["reason"] = state.reason.empty() ? "ContainerCreating" : state.reason;
      if (!state.message.empty()) detail["message"] = state.message;
      made["waiting"] = std::move(detail);
      break;
    case PodPhase::running:
      detail["startedAt"] = kubernetes::time_text(state.started_at.value_or(now));
      made["running"] = std::move(detail);
      break;
    case PodPhase::failed:
    case PodPhase::succeeded:
      detail["exitCode"] = state.phase == PodPhase::failed ? 1 : 0;
      detail["reason"] = state.phase == PodPhase::failed ? "Error" : "Completed";
      detail["finishedAt"] = kubernetes::time_text(now);
      made["terminated"] = std::move(detail);
      break;
  }
  return made;
}

}  // namespace

PodState state_of(const PodState& before, const ProviderGroup& group, bool is_probed,
                  bool runs_to_completion, TimePoint now) {
  PodState state{before};
  state.restarts = group.restarts;
  if (!group.ip.empty()) state.ip = group.ip;
  state.message = group.reason;
  if (group.provisioning == Provisioning::failed) {
    state.phase = PodPhase::failed;
    state.reason = "ProviderFailed";
  } else if (group.running == Running::ended) {
    state.phase = runs_to_completion ? PodPhase::succeeded : PodPhase::failed;
    state.reason = runs_to_completion ? "Completed" : "ContainersEnded";
  } else if (group.running == Running::running) {
    if (!state.started_at) state.started_at = now;
    state.phase = PodPhase::running;
    state.reason.clear();
  }
  state.is_ready = state.phase == PodPhase::running && is_probed;
  return state;
}

std::string status_patch(const json::object& pod, const PodState& state, TimePoint now) {
  kubernetes::FieldReader fields{};
  const bool is_over{state.phase == PodPhase::failed || state.phase == PodPhase::succeeded};
  json::array containers{};
  for (const json::object* const each : fields.objects(fields.object(&pod, "spec"), "containers")) {
    json::object container{};
    container["name"] = fields.text(each, "name");
    container["image"] = fields.text(each, "image");
    container["imageID"] = "";
    container["ready"] = state.is_ready;
    container["started"] = state.phase == PodPhase::running;
    container["restartCount"] = state.restarts;
    container["state"] = container_state(state, now);
    containers.push_back(std::move(container));
  }
  json::object status{};
  status["phase"] = to_string(state.phase);
  status["conditions"] = json::array{condition("PodScheduled", true, now),
                                     condition("Initialized", !is_over || state.started_at, now),
                                     condition("ContainersReady", state.is_ready, now),
                                     condition("Ready", state.is_ready, now)};
  status["containerStatuses"] = std::move(containers);
  if (!state.ip.empty()) {
    status["podIP"] = state.ip;
    status["podIPs"] = json::array{json::object{{"ip", state.ip}}};
  }
  if (state.started_at) status["startTime"] = kubernetes::time_text(*state.started_at);
  // Null takes an old one away.
  status["reason"] = state.reason.empty() ? json::value{} : json::value(state.reason);
  status["message"] = state.message.empty() ? json::value{} : json::value(state.message);
  json::object metadata{};
  // The patch is for this pod, not for another one of the same name made meanwhile.
  metadata["uid"] = fields.text(fields.object(&pod, "metadata"), "uid");
  json::object patch{};
  patch["metadata"] = std::move(metadata);
  patch["status"] = std::move(status);
  return json::serialize(patch);
}

}  // namespace spillway::virtual_node
