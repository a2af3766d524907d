#include "controller/cli/observation.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "controller/state/exact_json.hpp"

namespace spillway::cli {
namespace {

using state::JsonNode;

constexpr state::JsonLimits limits{.bytes = longest_line, .depth = 8, .nodes = 1'000};
constexpr double latest_at_s{1e11};  // the year 5138
constexpr double most_counted{1e6};
constexpr double most_measured{1e12};

std::string_view kind_words(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "a boolean";
    case JsonNode::Kind::number:
      return "a number";
    case JsonNode::Kind::text:
      return "a text";
    case JsonNode::Kind::list:
      return "a list";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "unknown";
}

Error malformed(std::string words) {
  return Error{Errc::malformed, std::move(words)};
}

/// The value of the key, the last one if it is repeated; nothing if absent or null.
const JsonNode* find(const JsonNode& object, std::string_view key) {
  const JsonNode* found{nullptr};
  for (std::size_t i{0}; i < object.keys.size() && i < object.items.size(); ++i) {
    if (object.keys[i] == key) found = &object.items[i];
  }
  return found && found->kind != JsonNode::Kind::null ? found : nullptr;
}

/// A number from 0 to `most`; nothing if it is missing.
Result<std::optional<double>> number(const JsonNode& object, std::string_view key, double most) {
  const JsonNode* const node{find(object, key)};
  if (!node) return std::optional<double>{};
  if (node->kind != JsonNode::Kind::number) {
    return malformed(
        fmt::format("\"{}\" is {}; expected a number or null", key, kind_words(node->kind)));
  }
  const auto value{node->real()};
  if (!value || *value < 0.0 || *value > most) {
    return malformed(
        fmt::format("\"{}\" is {}; expected 0 to {:g}", key, node->text.substr(0, 40), most));
  }
  return std::optional{*value};
}

/// A whole number of things; 0 if it is missing.
Result<int> count(const JsonNode& object, std::string_view section, std::string_view key) {
  const auto value{number(object, key, most_counted)};
  if (!value) return with_context(std::string{section}, value.error());
  const double known{value->value_or(0.0)};
  if (known != std::floor(known)) {
    return malformed(
        fmt::format("{}: \"{}\" is {:g}; expected a whole number", section, key, known));
  }
  return static_cast<int>(known);
}

/// A section of the line; nothing if it is missing.
Result<const JsonNode*> section(const JsonNode& root, std::string_view key) {
  const JsonNode* const node{find(root, key)};
  if (node && node->kind != JsonNode::Kind::object) {
    return malformed(fmt::format("\"{}\" is {}; expected an object such as {{\"ready\": 4}}", key,
                                 kind_words(node->kind)));
  }
  return node;
}

Result<void> read_signals(const JsonNode& root, Snapshot& snapshot) {
  for (const std::string_view name :
       {signal::load, signal::utilization, signal::queue, signal::late}) {
    // A share of 1.0000001 is rounding noise of whoever computed it.
    const double most{name == signal::late ? 1.001 : most_measured};
    const auto value{number(root, name, most)};
    if (!value) return value.error();
    if (!*value) {
      snapshot.readings.set(std::string{name}, Reading::missing("null or absent in the input"));
      continue;
    }
    const double known{name == signal::late ? std::min(**value, 1.0) : **value};
    snapshot.readings.set(std::string{name}, Reading::fresh(known, snapshot.taken_at));
  }
  return {};
}

Result<void> read_base(const JsonNode& root, Snapshot& snapshot) {
  const auto node{section(root, "base")};
  if (!node) return node.error();
  if (!*node || !find(**node, "ready")) return {};
  const auto ready{count(**node, "base", "ready")};
  if (!ready) return ready.error();
  snapshot.fleet.base = BasePool{.ready = {*ready}, .desired = {*ready}};
  return {};
}

Result<void> read_vms(const JsonNode& root, int replicas_per_vm, Snapshot& snapshot) {
  const auto node{section(root, "vms")};
  if (!node) return node.error();
  if (!*node) return {};
  const auto ready{count(**node, "vms", "ready")};
  if (!ready) return ready.error();
  const auto starting{count(**node, "vms", "starting")};
  if (!starting) return starting.error();
  if ((*ready + *starting) > most_counted / replicas_per_vm) {
    return malformed("vms: there are too many for a fleet of at most a million replicas");
  }
  snapshot.fleet.vms = {{*ready * replicas_per_vm}, {*starting * replicas_per_vm}};
  return {};
}

Result<void> read_burst(const JsonNode& root, Snapshot& snapshot) {
  const auto node{section(root, "burst")};
  if (!node) return node.error();
  if (!*node) return {};
  std::vector<Group> groups{};
  // Whoever drives us counts replicas: one group stands for all of a phase.
  const std::pair<std::string_view, GroupPhase> phases[]{{"ready", GroupPhase::serving},
                                                         {"starting", GroupPhase::starting},
                                                         {"draining", GroupPhase::draining}};
  for (const auto& [key, phase] : phases) {
    const auto replicas{count(**node, "burst", key)};
    if (!replicas) return replicas.error();
    if (*replicas == 0) continue;
    Group group{.id = {}, .phase = phase};
    group.id.name = std::string{key};
    group.size.replicas = {*replicas};
    groups.push_back(std::move(group));
  }
  snapshot.fleet.burst = std::move(groups);
  return {};
}

void append_step(std::string& out, const TrailStep& step) {
  out += "{\"who\":";
  state::append_json_text(out, step.who);
  out +=
      fmt::format(",\"before\":{},\"after\":{},\"because\":", step.before.count, step.after.count);
  state::append_json_text(out, to_string(step.because));
  out += ",\"words\":";
  state::append_json_text(out, step.words);
  out += '}';
}

void append_recommendation(std::string& out, const Recommendation& asked) {
  out += "{\"who\":";
  state::append_json_text(out, asked.policy);
  if (asked.floor) out += fmt::format(",\"floor\":{}", asked.floor->count);
  if (asked.ceiling) out += fmt::format(",\"ceiling\":{}", asked.ceiling->count);
  if (asked.is_hold) out += ",\"hold\":true";
  out += ",\"because\":";
  state::append_json_text(out, to_string(asked.because));
  out += ",\"words\":";
  state::append_json_text(out, asked.words);
  out += '}';
}

}  // namespace

Result<Snapshot> parse_observation(std::string_view line, const std::string& workload,
                                   int replicas_per_vm) {
  const auto root{state::parse_json(line, limits)};
  if (!root) return with_context("expected a JSON object", root.error());
  if (root->kind != JsonNode::Kind::object) {
    return malformed(fmt::format("the line is {}; expected a JSON object", kind_words(root->kind)));
  }
  const auto at_s{number(*root, "at", latest_at_s)};
  if (!at_s) return at_s.error();
  if (!*at_s) return malformed("\"at\" is missing; expected seconds, such as 30");
  Snapshot snapshot{.taken_at = TimePoint{duration_of_seconds(**at_s)}, .workload = workload};
  for (const auto& read :
       {read_signals(*root, snapshot), read_base(*root, snapshot),
        read_vms(*root, replicas_per_vm, snapshot), read_burst(*root, snapshot)}) {
    if (!read) return read.error();
  }
  return snapshot;
}

std::string decision_line(const Decision& decision, int replicas_per_vm) {
  std::string out{"{\"at\":"};
  state::append_json_number(out, seconds(decision.at.time_since_epoch()));
  const int machines{(decision.vms.count + replicas_per_vm - 1) / replicas_per_vm};
  out += fmt::format(",\"burst\":{},\"vms\":{},\"because\":", decision.burst.count, machines);
  state::append_json_text(out, to_string(decision.because));
  out += ",\"trail\":[";
  bool is_first{true};
  for (const Recommendation& asked : decision.recommendations) {
    if (!std::exchange(is_first, false)) out += ',';
    append_recommendation(out, asked);
  }
  for (const TrailStep& step : decision.trail) {
    if (!std::exchange(is_first, false)) out += ',';
    append_step(out, step);
  }
  return out + "]}";
}

}  // namespace spillway::cli
