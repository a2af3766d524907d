#include "controller/cli/observation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "controller/cli/observation_keys.hpp"
#include "controller/state/exact_json.hpp"

namespace spillway::cli {
namespace {

using state::JsonNode;

constexpr state::JsonLimits limits{.bytes = longest_line, .depth = 8, .nodes = 1'000};
constexpr double latest_at_s{1e11};  // the year 5138
constexpr double most_counted{1e6};
constexpr double most_measured{1e12};
constexpr double longest_start_s{3'600.0};
constexpr double dearest_usd{10'000.0};  // a replica for an hour; more are cents, not dollars
constexpr double most_spent_usd{1e9};
constexpr double rounding{1e-6};  // below zero by so little is the noise of whoever computed it

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

bool is_word_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') || letter == '_';
}

/// The length of a number that JSON has no word for, as Python, JavaScript and C write it, at the
/// begin of `text`; 0 if there is none.
std::size_t non_number(std::string_view text) {
  for (const std::string_view word : {"NaN", "Infinity", "nan", "inf"}) {
    const std::size_t sign{text.starts_with('-') ? 1U : 0U};
    const std::size_t length{sign + word.size()};
    const bool ends{text.size() == length ||
                    (text.size() > length && !is_word_letter(text[length]))};
    if (ends && text.substr(sign).starts_with(word)) return length;
  }
  return 0;
}

/// `line` with `null` where such a number stands as a value. What is within texts stays.
std::string with_nulls(std::string_view line) {
  std::string out{};
  bool is_in_text{false};
  for (std::size_t i{0}; i < line.size(); ++i) {
    const char letter{line[i]};
    const bool may_begin{!is_in_text && (i == 0 || !is_word_letter(line[i - 1]))};
    if (const std::size_t length{may_begin ? non_number(line.substr(i)) : 0}; length > 0) {
      out += "null";
      i += length - 1;
      continue;
    }
    if (letter == '"') is_in_text = !is_in_text;
    out += letter;
    if (is_in_text && letter == '\\' && i + 1 < line.size()) out += line[++i];
  }
  return out;
}

/// A number from 0 to `most`; nothing if it is missing. `if_more` says what one beyond may be.
Result<std::optional<double>> number(const JsonNode& object, std::string_view key, double most,
                                     std::string_view if_more = {}) {
  const JsonNode* const node{find(object, key)};
  if (!node) return std::optional<double>{};
  if (node->kind != JsonNode::Kind::number) {
    return malformed(
        fmt::format("\"{}\" is {}; expected a number or null", key, kind_words(node->kind)));
  }
  const auto value{node->real()};
  if (!value || *value < -rounding || *value > most) {
    return malformed(fmt::format("\"{}\" is {}; expected 0 to {:g}{}", key,
                                 node->text.substr(0, 40), most,
                                 value && *value > most ? if_more : std::string_view{}));
  }
  return std::optional{std::max(0.0, *value)};
}

/// A whole number of things; nothing if it is missing.
Result<std::optional<int>> count(const JsonNode& object, std::string_view section,
                                 std::string_view key) {
  const auto value{number(object, key, most_counted)};
  if (!value) return with_context(std::string{section}, value.error());
  if (!*value) return std::optional<int>{};
  if (**value != std::floor(**value)) {
    return malformed(
        fmt::format("{}: \"{}\" is {:g}; expected a whole number", section, key, **value));
  }
  return std::optional{static_cast<int>(**value)};
}

/// Like `count`; 0 if the key is not there at all, which says that nobody counts them.
Result<std::optional<int>> count_if_told(const JsonNode& object, std::string_view section,
                                         std::string_view key) {
  if (std::ranges::find(object.keys, key) == object.keys.end()) return std::optional{0};
  return count(object, section, key);
}

/// A section of the line; nothing if it is missing.
Result<const JsonNode*> section(const JsonNode& root, std::string_view key,
                                std::string_view example = R"({"ready": 4})") {
  const JsonNode* const node{find(root, key)};
  if (node && node->kind != JsonNode::Kind::object) {
    return malformed(fmt::format("\"{}\" is {}; expected an object such as {}", key,
                                 kind_words(node->kind), example));
  }
  return node;
}

Result<void> read_signals(const JsonNode& root, const Observed& of, Snapshot& snapshot) {
  std::vector<std::string_view> names(usual_signals.begin(), usual_signals.end());
  names.insert(names.end(), of.signals.begin(), of.signals.end());
  for (const std::string_view name : names) {
    // A share of 1.0000001 is rounding noise of whoever computed it; a utilization may be more than
    // 1 where what is used is measured by what was requested, and 60 is a percentage.
    const double most{name == signal::late          ? 1.001
                      : name == signal::utilization ? 10.0
                                                    : most_measured};
    const bool is_share{name == signal::late || name == signal::utilization};
    const auto value{number(root, name, most, is_share ? " (a share: 0.6, not 60)" : "")};
    if (!value) return value.error();
    if (!*value) {
      snapshot.readings.set(name, Reading::missing("null or absent in the input"));
      continue;
    }
    const double known{name == signal::late ? std::min(**value, 1.0) : **value};
    snapshot.readings.set(name, Reading::fresh(known, snapshot.taken_at));
  }
  return {};
}

Result<void> read_base(const JsonNode& root, Snapshot& snapshot) {
  const auto node{section(root, "base")};
  if (!node) return node.error();
  if (!*node) return {};
  const auto ready{count(**node, "base", "ready")};
  if (!ready) return ready.error();
  if (*ready) snapshot.fleet.base = BasePool{.ready = {**ready}, .desired = {**ready}};
  return {};
}

Result<void> read_vms(const JsonNode& root, int replicas_per_vm, Observation& seen) {
  const auto node{section(root, "vms")};
  if (!node) return node.error();
  if (std::ranges::find(root.keys, "vms") == root.keys.end()) return {};
  seen.vms = Observation::Vms::unknown;
  if (!*node) return {};
  const auto ready{count(**node, "vms", "ready")};
  if (!ready) return ready.error();
  const auto starting{count_if_told(**node, "vms", "starting")};
  if (!starting) return starting.error();
  if (!*ready || !*starting) return {};
  if ((**ready + **starting) > most_counted / replicas_per_vm) {
    return malformed("vms: there are too many for a fleet of at most a million replicas");
  }
  seen.vms = Observation::Vms::counted;
  seen.snapshot.fleet.vms = {{**ready * replicas_per_vm}, {**starting * replicas_per_vm}};
  return {};
}

Result<void> read_burst(const JsonNode& root, Snapshot& snapshot) {
  const auto node{section(root, "burst")};
  if (!node) return node.error();
  if (!*node) return {};
  const auto ready{count(**node, "burst", "ready")};
  if (!ready) return ready.error();
  const auto starting{count_if_told(**node, "burst", "starting")};
  if (!starting) return starting.error();
  const auto draining{count_if_told(**node, "burst", "draining")};
  if (!draining) return draining.error();
  if (!*ready || !*starting || !*draining) return {};
  std::vector<Group> groups{};
  // Whoever drives us counts replicas: one group stands for all of a phase.
  const auto add{[&groups](const char* name, GroupPhase phase, int replicas) {
    if (replicas == 0) return;
    Group group{.id = {}, .phase = phase};
    group.id.name = name;
    group.size.replicas = {replicas};
    groups.push_back(std::move(group));
  }};
  add("ready", GroupPhase::serving, **ready);
  add("starting", GroupPhase::starting, **starting);
  add("draining", GroupPhase::draining, **draining);
  snapshot.fleet.burst = std::move(groups);
  return {};
}

/// One of both is enough: the other is then as far from it as in the defaults.
Result<void> read_start(const JsonNode& root, Observation& seen) {
  const auto node{section(root, "start", R"({"median_s": 31})")};
  if (!node) return node.error();
  if (!*node) return {};
  const auto median_s{number(**node, "median_s", longest_start_s)};
  if (!median_s) return with_context("start", median_s.error());
  const auto p95_s{number(**node, "p95_s", longest_start_s)};
  if (!p95_s) return with_context("start", p95_s.error());
  if (!*median_s && !*p95_s) return {};
  constexpr double usual_spread{2.0};
  const double middle{median_s->value_or(p95_s->value_or(0.0) / usual_spread)};
  const double late{p95_s->value_or(middle * usual_spread)};
  seen.tells_start = true;
  seen.snapshot.start_times = {.median = duration_of_seconds(middle),
                               .p95 = duration_of_seconds(std::max(middle, late))};
  return {};
}

/// A standby pool that could not be counted is none: what it would spare starts cold.
Result<void> read_standby(const JsonNode& root, Snapshot& snapshot) {
  const auto node{section(root, "standby")};
  if (!node) return node.error();
  if (!*node) return {};
  const auto ready{count(**node, "standby", "ready")};
  if (!ready) return ready.error();
  const auto starting{count_if_told(**node, "standby", "starting")};
  if (!starting) return starting.error();
  const auto start_s{number(**node, "start_s", longest_start_s)};
  if (!start_s) return with_context("standby", start_s.error());
  if (!*ready) return {};
  Standby standby{.ready = {**ready}, .starting = {starting->value_or(0)}};
  if (*start_s) standby.start = duration_of_seconds(**start_s);
  snapshot.standby = standby;
  return {};
}

/// Nothing below a nano-dollar is a price: a limit on money would take it for an unknown one.
Result<void> read_price(const JsonNode& root, Observation& seen) {
  const auto price_usd{number(root, "price", dearest_usd)};
  if (!price_usd) return price_usd.error();
  if (!*price_usd) return {};
  const HourlyPrice price{usd(**price_usd)};
  if (price.per_hour == Money{}) {
    return malformed(
        "\"price\" is 0; expected USD per replica and hour; without it the last one counts");
  }
  seen.money.price = price;
  return {};
}

Result<void> read_spend(const JsonNode& root, Observation& seen) {
  const auto node{section(root, "spend", R"({"day": 3.4})")};
  if (!node) return node.error();
  if (!*node) return {};
  const std::array periods{std::pair{"hour", &seen.money.hour}, std::pair{"day", &seen.money.day},
                           std::pair{"month", &seen.money.month}};
  for (const auto& [key, spent] : periods) {
    const auto amount{number(**node, key, most_spent_usd)};
    if (!amount) return with_context("spend", amount.error());
    if (*amount) *spent = usd(**amount);
  }
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

int machines_of(const Decision& decision, int replicas_per_vm) {
  return (decision.vms.count + replicas_per_vm - 1) / replicas_per_vm;
}

}  // namespace

Result<Observation> parse_observation(std::string_view line, const Observed& of) {
  const auto root{state::parse_json(with_nulls(line), limits)};
  if (!root) return with_context("expected a JSON object", root.error());
  if (root->kind != JsonNode::Kind::object) {
    return malformed(fmt::format("the line is {}; expected a JSON object", kind_words(root->kind)));
  }
  const auto at_s{
      number(*root, "at", latest_at_s, " seconds: this looks like milliseconds or a finer unit")};
  if (!at_s) return at_s.error();
  if (!*at_s) return malformed("\"at\" is missing; expected seconds, such as 30");
  Observation seen{};
  seen.snapshot.taken_at = TimePoint{duration_of_seconds(**at_s)};
  seen.snapshot.workload = of.workload;
  seen.unknown = unknown_keys(*root, of.signals);
  for (const auto& read :
       {read_signals(*root, of, seen.snapshot), read_base(*root, seen.snapshot),
        read_vms(*root, of.replicas_per_vm, seen), read_burst(*root, seen.snapshot),
        read_start(*root, seen), read_standby(*root, seen.snapshot), read_price(*root, seen),
        read_spend(*root, seen)}) {
    if (!read) return read.error();
  }
  return seen;
}

std::string decision_line(const Decision& decision, int replicas_per_vm) {
  std::string out{"{\"at\":"};
  state::append_json_number(out, seconds(decision.at.time_since_epoch()));
  out += fmt::format(",\"burst\":{},\"vms\":{},\"because\":", decision.burst.count,
                     machines_of(decision, replicas_per_vm));
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

std::string refusal_line(std::optional<TimePoint> at, const Decision& last, int replicas_per_vm,
                         std::string_view error) {
  if (!at) {  // nothing was decided: 0 would drain what runs
    std::string nothing{
        fmt::format(R"({{"at":null,"burst":null,"vms":null,"because":"{}","trail":[],"error":)",
                    to_string(Because::no_data))};
    state::append_json_text(nothing, error);
    return nothing + "}";
  }
  std::string out{"{\"at\":"};
  state::append_json_number(out, seconds(at->time_since_epoch()));
  out += fmt::format(
      ",\"burst\":{},\"vms\":{},\"because\":\"{}\",\"trail\":[],\"error\":", last.burst.count,
      machines_of(last, replicas_per_vm), to_string(Because::no_data));
  state::append_json_text(out, error);
  return out + "}";
}

}  // namespace spillway::cli
