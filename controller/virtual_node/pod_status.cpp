#include "controller/virtual_node/pod_status.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;
using kubernetes::FieldReader;
using kubernetes::time_text;

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

/// The one of `objects` whose `key` is `name`; null if there is none.
const json::object* named(const std::vector<const json::object*>& objects, std::string_view key,
                          std::string_view name) {
  FieldReader fields{};
  for (const json::object* const each : objects) {
    if (fields.text(each, key) == name) return each;
  }
  return nullptr;
}

/// A word such as `OOMKilled`, which a `reason` may be; sentences are messages.
bool is_reason(std::string_view text) {
  const auto is_letter{[](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }};
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_letter);
}

void explain(json::object& detail, const std::string& words, std::string_view otherwise) {
  const bool is_word{is_reason(words)};
  detail["reason"] = is_word ? std::string_view{words} : otherwise;
  if (!is_word && !words.empty()) detail["message"] = words;
}

/// How a container ended; that it did and nobody told how is 137, as of kubelets.
json::object end_of(const ProviderContainer& container, const json::object* told, TimePoint now) {
  FieldReader fields{};
  json::object detail{};
  const bool is_known{container.state == Running::ended && container.exit_code};
  detail["exitCode"] = is_known ? *container.exit_code : 137;
  const std::string_view usual{!is_known                   ? "ContainerStatusUnknown"
                               : *container.exit_code == 0 ? "Completed"
                                                           : "Error"};
  explain(detail, is_known ? container.detail : std::string{}, usual);
  if (container.started_at) detail["startedAt"] = time_text(*container.started_at);
  const std::string before{fields.text(fields.object(told, "terminated"), "finishedAt")};
  if (container.ended_at) {
    detail["finishedAt"] = time_text(*container.ended_at);
  } else {
    detail["finishedAt"] = before.empty() ? time_text(now) : before;
  }
  return detail;
}

/// `told` is the state that the API has, if any.
json::object container_state(const PodState& pod, const ProviderContainer& container,
                             const json::object* told, TimePoint now) {
  json::object made{};
  const bool has_ended{container.state == Running::ended};
  const bool is_lost{is_over(pod) && pod.started_at && container.state != Running::waiting};
  if (has_ended || is_lost) {
    made["terminated"] = end_of(container, told, now);
  } else if (container.state == Running::running) {
    json::object detail{};
    const auto since = container.started_at ? container.started_at : pod.started_at;
    detail["startedAt"] = time_text(since.value_or(now));
    made["running"] = std::move(detail);
  } else {
    json::object detail{};
    explain(detail, container.detail, pod.reason.empty() ? "ContainerCreating" : pod.reason);
    if (!pod.message.empty()) detail["message"] = pod.message;
    made["waiting"] = std::move(detail);
  }
  return made;
}

json::object container_status(const PodState& pod, const json::object& described,
                              const std::vector<const json::object*>& told_containers,
                              TimePoint now) {
  FieldReader fields{};
  const std::string name{fields.text(&described, "name")};
  const json::object* const told{named(told_containers, "name", name)};
  ProviderContainer container{};
  const auto seen = std::ranges::find(pod.containers, name, &ProviderContainer::name);
  if (seen != pod.containers.end()) container = *seen;
  const bool is_running{container.state == Running::running && !is_over(pod)};
  json::object status{};
  status["name"] = name;
  status["image"] = fields.text(&described, "image");
  status["imageID"] = "";
  status["ready"] = is_running && pod.is_ready;
  status["started"] = is_running;
  status["restartCount"] = container.restarts;
  status["state"] = container_state(pod, container, fields.object(told, "state"), now);
  const bool has_ended_before{container.state != Running::ended && container.exit_code};
  if (has_ended_before) {
    json::object before{};
    before["exitCode"] = *container.exit_code;
    before["reason"] = *container.exit_code == 0 ? "Completed" : "Error";
    status["lastState"] = json::object{{"terminated", std::move(before)}};
  }
  return status;
}

json::object condition(std::string_view type, bool is_true, std::string_view why_not,
                       const std::vector<const json::object*>& told_conditions, TimePoint now) {
  FieldReader fields{};
  json::object made{};
  const std::string_view status{is_true ? "True" : "False"};
  made["type"] = type;
  made["status"] = status;
  // Null takes an old one away.
  made["reason"] = is_true || why_not.empty() ? json::value{} : json::value(why_not);
  const json::object* const told{named(told_conditions, "type", type)};
  const bool is_as_before{told != nullptr && fields.text(told, "status") == status};
  const std::string since{is_as_before ? fields.text(told, "lastTransitionTime") : std::string{}};
  made["lastTransitionTime"] = since.empty() ? time_text(now) : since;
  return made;
}

/// Whether `there` has everything that `wanted` says; null and "" want nothing.
bool says(const json::value* there, const json::value& wanted) {
  if (wanted.is_null()) return there == nullptr || there->is_null();
  if (wanted.is_string() && wanted.get_string().empty()) {
    return there == nullptr || there->is_null() || *there == wanted;
  }
  if (there == nullptr) return false;
  if (const auto* const fields = wanted.if_object()) {
    const json::object* const object{there->if_object()};
    if (object == nullptr) return false;
    return std::ranges::all_of(*fields, [object](const json::key_value_pair& each) {
      return says(object->if_contains(each.key()), each.value());
    });
  }
  if (const auto* const items = wanted.if_array()) {
    const json::array* const array{there->if_array()};
    if (array == nullptr || array->size() != items->size()) return false;
    for (std::size_t index{0}; index < items->size(); ++index) {
      if (!says(&(*array)[index], (*items)[index])) return false;
    }
    return true;
  }
  return *there == wanted;
}

/// Conditions are a set by their type: others may be there beside ours.
bool has_conditions(const std::vector<const json::object*>& told, const json::array& wanted) {
  return std::ranges::all_of(wanted, [&told](const json::value& each) {
    const json::object* const same{
        named(told, "type", std::string_view{each.at("type").get_string()})};
    if (same == nullptr) return false;
    const json::value there(*same);
    return says(&there, each);
  });
}

}  // namespace

std::optional<std::string> status_patch(const json::object& pod, const PodState& state,
                                        TimePoint now) {
  FieldReader fields{};
  const json::object* const told{fields.object(&pod, "status")};
  const auto told_conditions = fields.objects(told, "conditions");
  const auto told_containers = fields.objects(told, "containerStatuses");
  json::array containers{};
  for (const json::object* const each : fields.objects(fields.object(&pod, "spec"), "containers")) {
    containers.push_back(container_status(state, *each, told_containers, now));
  }
  const std::string_view why_not{state.phase == PodPhase::succeeded ? "PodCompleted"
                                                                    : "ContainersNotReady"};
  const bool is_initialized{!is_over(state) || state.started_at};
  json::array conditions{
      condition("PodScheduled", true, "", told_conditions, now),
      condition("Initialized", is_initialized, "ContainersNotInitialized", told_conditions, now),
      condition("ContainersReady", state.is_ready, why_not, told_conditions, now),
      condition("Ready", state.is_ready, why_not, told_conditions, now)};
  json::object status{};
  status["phase"] = to_string(state.phase);
  status["containerStatuses"] = std::move(containers);
  if (!state.ip.empty()) {
    status["podIP"] = state.ip;
    status["podIPs"] = json::array{json::object{{"ip", state.ip}}};
  }
  if (state.started_at) status["startTime"] = time_text(*state.started_at);
  status["reason"] = state.reason.empty() ? json::value{} : json::value(state.reason);
  status["message"] = state.message.empty() ? json::value{} : json::value(state.message);
  const json::value there(told == nullptr ? json::object{} : *told);
  const json::value wanted(status);
  if (says(&there, wanted) && has_conditions(told_conditions, conditions)) return std::nullopt;
  status["conditions"] = std::move(conditions);
  json::object metadata{};
  // The patch is for this pod, not for another one of the same name made meanwhile.
  metadata["uid"] = fields.text(fields.object(&pod, "metadata"), "uid");
  json::object patch{};
  patch["metadata"] = std::move(metadata);
  patch["status"] = std::move(status);
  return json::serialize(patch);
}

}  // namespace spillway::virtual_node
