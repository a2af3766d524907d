// From a container group, and from what the API says, to the state of a pod.
#include <algorithm>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/time_text.hpp"
#include "controller/virtual_node/pod_status.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;

namespace {

/// The group's containers under the pod's names, in the pod's order.
std::vector<ProviderContainer> containers_in(const ProviderGroup& group, const PodShape& shape) {
  std::vector<ProviderContainer> found{};
  for (const std::string& name : shape.containers) {
    const std::string_view there{name == shape.main ? main_container_name : std::string_view{name}};
    const auto seen = std::ranges::find(group.containers, there, &ProviderContainer::name);
    ProviderContainer container{};
    if (seen != group.containers.end()) container = *seen;
    container.name = name;
    found.push_back(std::move(container));
  }
  return found;
}

bool is_any(const std::vector<ProviderContainer>& containers, Running state) {
  return std::ranges::find(containers, state, &ProviderContainer::state) != containers.end();
}

bool have_all_ended(const std::vector<ProviderContainer>& containers) {
  const auto has_ended{[](const ProviderContainer& each) { return each.state == Running::ended; }};
  return !containers.empty() && std::ranges::all_of(containers, has_ended);
}

/// An exit code that nobody told is no success.
bool have_all_done_well(const std::vector<ProviderContainer>& containers) {
  const auto has_done_well{[](const ProviderContainer& each) {
    return each.state == Running::ended && each.exit_code == 0;
  }};
  return !containers.empty() && std::ranges::all_of(containers, has_done_well);
}

/// What ended and is not started again by the platform.
bool is_work_over(const ProviderGroup& group, const PodShape& shape,
                  const std::vector<ProviderContainer>& containers) {
  if (group.running == Running::ended) return true;
  switch (shape.restart) {
    case RestartPolicy::always:
      return false;
    case RestartPolicy::on_failure:
      return have_all_done_well(containers);
    case RestartPolicy::never:
      return have_all_ended(containers);
  }
  return false;
}

}  // namespace

PodState state_of(const PodState& before, const ProviderGroup& group, const PodShape& shape,
                  bool is_probed, TimePoint now) {
  PodState state{before};
  state.message = group.reason;
  if (!group.ip.empty()) state.ip = group.ip;
  if (!group.containers.empty()) state.containers = containers_in(group, shape);
  const bool has_run{is_any(state.containers, Running::running) ||
                     is_any(state.containers, Running::ended) || group.running == Running::running};
  if (has_run && !state.started_at) state.started_at = now;
  if (group.provisioning == Provisioning::failed) {
    state.phase = PodPhase::failed;
    state.reason = "ProviderFailed";
  } else if (is_work_over(group, shape, state.containers)) {
    const bool is_success{shape.restart != RestartPolicy::always &&
                          have_all_done_well(state.containers)};
    state.phase = is_success ? PodPhase::succeeded : PodPhase::failed;
    state.reason = is_success ? "Completed" : "ContainersEnded";
  } else if (has_run) {
    state.phase = PodPhase::running;
    state.reason.clear();
  }
  state.is_ready = takes_traffic(state, is_probed);
  return state;
}

bool takes_traffic(const PodState& state, bool is_probed) {
  const auto runs{[](const ProviderContainer& each) { return each.state == Running::running; }};
  return state.phase == PodPhase::running && is_probed && !state.containers.empty() &&
         std::ranges::all_of(state.containers, runs);
}

PodState state_in(const json::object& pod) {
  kubernetes::FieldReader fields{};
  PodState state{};
  const json::object* const status{fields.object(&pod, "status")};
  const std::string phase{fields.text(status, "phase")};
  if (phase == "Running") state.phase = PodPhase::running;
  if (phase == "Failed") state.phase = PodPhase::failed;
  if (phase == "Succeeded") state.phase = PodPhase::succeeded;
  state.ip = fields.text(status, "podIP");
  state.reason = fields.text(status, "reason");
  state.message = fields.text(status, "message");
  state.started_at = kubernetes::parse_time(fields.text(status, "startTime"));
  for (const json::object* const each : fields.objects(status, "conditions")) {
    const bool is_ready{fields.text(each, "type") == "Ready" &&
                        fields.text(each, "status") == "True"};
    if (is_ready) state.is_ready = true;
  }
  for (const json::object* const each : fields.objects(status, "containerStatuses")) {
    ProviderContainer container{.name = fields.text(each, "name"),
                                .restarts = fields.count(each, "restartCount")};
    const json::object* const how{fields.object(each, "state")};
    if (const auto* const ended = fields.object(how, "terminated")) {
      container.state = Running::ended;
      container.exit_code = fields.optional_count(ended, "exitCode");
      container.started_at = kubernetes::parse_time(fields.text(ended, "startedAt"));
      container.ended_at = kubernetes::parse_time(fields.text(ended, "finishedAt"));
      container.detail = fields.text(ended, "reason");
    } else if (const auto* const running = fields.object(how, "running")) {
      container.state = Running::running;
      container.started_at = kubernetes::parse_time(fields.text(running, "startedAt"));
    } else {
      container.state = Running::waiting;
    }
    state.containers.push_back(std::move(container));
  }
  return state;
}

}  // namespace spillway::virtual_node
