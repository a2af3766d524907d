#include "controller/virtual_node/pod_events.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/io/http.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace json = boost::json;

namespace {

constexpr std::size_t event_message_max{1000};  // the API takes 1024 bytes

int restarts_of(const PodState& state) {
  int restarts{0};
  for (const ProviderContainer& each : state.containers) restarts += each.restarts;
  return restarts;
}

std::string with_message(std::string words, const PodState& state) {
  if (!state.message.empty()) words += ": " + state.message;
  return words;
}

}  // namespace

std::optional<PodEvent> event_of(const PodState& before, const PodState& after,
                                 std::string_view group) {
  const bool has_changed_phase{before.phase != after.phase};
  switch (after.phase) {
    case PodPhase::pending:
      if (before.reason == after.reason || after.reason.empty()) return std::nullopt;
      if (after.reason == "ContainerCreating") {
        return PodEvent{false, "GroupCreating", fmt::format("creating container group {}", group)};
      }
      return PodEvent{true, after.reason, with_message("the pod cannot start", after)};
    case PodPhase::succeeded:
      if (!has_changed_phase) return std::nullopt;
      return PodEvent{false, "Completed", "all containers have ended well"};
    case PodPhase::failed:
      if (!has_changed_phase) return std::nullopt;
      return PodEvent{true, after.reason.empty() ? "Failed" : after.reason,
                      with_message(fmt::format("container group {} is over", group), after)};
    case PodPhase::running:
      break;
  }
  if (has_changed_phase) {
    return PodEvent{false, "Started",
                    fmt::format("container group {} runs, with the address {}", group,
                                after.ip.empty() ? "none" : after.ip)};
  }
  if (restarts_of(after) > restarts_of(before)) {
    return PodEvent{
        true, "ContainerRestarted",
        fmt::format("a container has started again, {} times in all", restarts_of(after))};
  }
  if (before.is_ready && !after.is_ready) {
    return PodEvent{true, "Unhealthy", "a container does not run, or its readiness probe fails"};
  }
  return std::nullopt;
}

std::string event_body(const kubernetes::Metadata& pod, const PodEvent& event,
                       std::string_view node, TimePoint now) {
  json::object metadata{};
  metadata["generateName"] = pod.name + ".";
  metadata["namespace"] = pod.name_space;
  json::object about{};
  about["kind"] = "Pod";
  about["apiVersion"] = "v1";
  about["namespace"] = pod.name_space;
  about["name"] = pod.name;
  about["uid"] = pod.uid;
  json::object source{};
  source["component"] = "spillway";
  source["host"] = node;
  const std::string at{kubernetes::time_text(now)};
  json::object made{};
  made["apiVersion"] = "v1";
  made["kind"] = "Event";
  made["metadata"] = std::move(metadata);
  made["involvedObject"] = std::move(about);
  made["type"] = event.is_warning ? "Warning" : "Normal";
  made["reason"] = event.reason;
  made["message"] = io::excerpt(event.message, event_message_max);
  made["source"] = std::move(source);
  made["firstTimestamp"] = at;
  made["lastTimestamp"] = at;
  made["count"] = 1;
  return json::serialize(made);
}

}  // namespace spillway::virtual_node
