#include "policies/script/lua_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "policies/script/fault_memory.hpp"
#include "policies/script/sandbox.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

using script::List;
using script::Table;
using script::Value;

Value number(double value) {
  return {value};
}

Value count(Replicas replicas) {
  return number(replicas.count);
}

Value text(std::string_view words) {
  return {std::string{words}};
}

// --- what the script sees -----------------------------------------------------------------------

Table readings_of(const Snapshot& now) {
  Table readings{};
  for (const auto& [signal, reading] : now.readings) {
    Table one{{"quality", text(to_string(reading.quality()))}};
    if (const auto value{reading.last_value()}) {
      one["value"] = number(*value);
      one["age"] = number(seconds(now.taken_at - reading.sampled_at()));
    }
    readings[signal] = {std::move(one)};
  }
  return readings;
}

void add_fleet(Table& table, const Fleet& fleet) {
  if (fleet.base) {
    table["base"] = {Table{{"ready", count(fleet.base->ready)},
                           {"starting", count(fleet.base->starting)},
                           {"pending", count(fleet.base->pending)},
                           {"room", count(fleet.base->room)}}};
  }
  table["vms"] = {
      Table{{"ready", count(fleet.vms.ready)}, {"starting", count(fleet.vms.starting)}}};
  if (fleet.burst) {
    const BurstCount burst{count_burst(*fleet.burst)};
    table["burst"] = {Table{{"serving", count(burst.serving)},
                            {"starting", count(burst.starting)},
                            {"draining", count(burst.draining)}}};
  }
  if (const auto total{fleet.total()}) table["total"] = count(*total);
}

Table seen(const Snapshot& now, const History& past, const Memory& memory) {
  Table table{{"at", number(static_cast<double>(now.taken_at.time_since_epoch().count()) / 1000.0)},
              {"workload", text(now.workload)},
              {"readings", {readings_of(now)}},
              {"price", number(now.replica_price.per_hour.usd())}};
  for (const std::string_view signal :
       {signal::load, signal::utilization, signal::queue, signal::latency_p95, signal::late}) {
    if (const auto value{now.readings[signal].fresh_value()}) {
      table[std::string{signal}] = number(*value);
    }
  }
  add_fleet(table, now.fleet);
  table["start"] = {Table{{"median", number(seconds(now.start_times.median))},
                          {"p95", number(seconds(now.start_times.p95))}}};
  if (now.standby) {
    table["standby"] = {Table{{"ready", count(now.standby->ready)},
                              {"starting", count(now.standby->starting)},
                              {"start", number(seconds(now.standby->start))}}};
  }
  table["spend"] = {Table{{"hour", number(now.spend.this_hour.usd())},
                          {"day", number(now.spend.today.usd())},
                          {"month", number(now.spend.this_month.usd())}}};
  if (past.last) {
    table["last"] = {Table{{"desired", count(past.last->count)},
                           {"burst", count(past.last_burst.value_or(0_replicas))}}};
  }
  List kept{};
  kept.reserve(memory.size());
  for (const double each : memory) kept.push_back(number(each));
  table["memory"] = {std::move(kept)};
  return table;
}

// --- what it says -------------------------------------------------------------------------------

/// Reads the result, key by key; the first thing that is wrong ends it.
class Answer {
 public:
  Answer(const Value& value, Recommendation& asked) : asked_{asked} {
    if (const auto* const table{std::get_if<Table>(&value.is)}) {
      for (const auto& [key, part] : *table) take(key, part);
    } else {
      fail(std::holds_alternative<List>(value.is) ? "returns a list instead of a table with names"
                                                  : "returns no table");
    }
  }

  const std::string& problem() const { return problem_; }

 private:
  void fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  void take(const std::string& key, const Value& value) {
    if (key == "floor") return take_count(key, value, asked_.floor);
    if (key == "ceiling") return take_count(key, value, asked_.ceiling);
    if (key == "vms") return take_count(key, value, asked_.vms);
    if (key == "memory") return take_memory(value);
    if (key == "hold") {
      const auto* const flag{std::get_if<bool>(&value.is)};
      return flag ? void(asked_.is_hold = *flag) : fail("returns a hold that is not true or false");
    }
    if (key == "words") {
      const auto* const words{std::get_if<std::string>(&value.is)};
      if (words == nullptr) return fail("returns words that are no text");
      return void(asked_.words = words->substr(0, 300));
    }
    fail(
        fmt::format("returns the unknown key \"{}\"; known are floor, ceiling, vms, hold, words "
                    "and memory",
                    key.substr(0, 40)));
  }

  void take_count(const std::string& key, const Value& value, std::optional<Replicas>& into) {
    const auto* const exact{std::get_if<double>(&value.is)};
    if (exact == nullptr || !std::isfinite(*exact) || *exact < 0.0) {
      return fail(fmt::format("returns a {} that is no count", key));
    }
    into = replicas_for(*exact, 1.0);
  }

  void take_memory(const Value& value) {
    const auto* const table{std::get_if<Table>(&value.is)};
    if (table != nullptr && table->empty()) {
      asked_.memory = {};
      return;
    }
    const auto* const list{std::get_if<List>(&value.is)};
    if (list == nullptr) return fail("returns a memory that is no list of numbers");
    if (list->size() > LuaPolicy::most_kept) {
      return fail(fmt::format("returns a memory of {} numbers; at most {} are kept", list->size(),
                              LuaPolicy::most_kept));
    }
    Memory memory{};
    memory.reserve(list->size());
    for (const Value& each : *list) {
      const auto* const exact{std::get_if<double>(&each.is)};
      if (exact == nullptr || !std::isfinite(*exact)) {
        return fail("returns a memory that is no list of finite numbers");
      }
      memory.push_back(*exact);
    }
    asked_.memory = std::move(memory);
  }

  Recommendation& asked_;
  std::string problem_{};
};

/// A script that does arithmetic with what is missing fails too, and is not to blame.
bool sees_all(const Snapshot& now) {
  return now.fleet.base && now.fleet.burst &&
         std::ranges::all_of(now.readings, [](const auto& each) { return each.second.is_fresh(); });
}

/// Holds at first, then has no opinion; while anything is missing it holds. Who set the clock back
/// begins anew.
Recommendation failed(const std::string& name, FaultMemory kept, const std::string& problem,
                      const Snapshot& snapshot) {
  const TimePoint now{snapshot.taken_at};
  const TimePoint since{sees_all(snapshot) ? std::min(kept.failing_since.value_or(now), now) : now};
  kept.failing_since = since;
  const bool holds{now - since < LuaPolicy::holds_for};
  return {.policy = name,
          .is_hold = holds,
          .because = Because::script_failed,
          .words = holds ? "the script has a fault, and so nothing shrinks: " + problem
                         : fmt::format("the script fails since {} and is not counted any more: {}",
                                       to_string(since), problem),
          .memory = kept.memory()};
}

/// `policies/office_hours.lua` is `office_hours`.
std::string_view stem_of(std::string_view path) {
  path.remove_prefix(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
  return path.substr(0, path.find('.'));
}

}  // namespace

void describe(Fields& fields, LuaSettings& settings) {
  fields.text(
      "file", settings.file, {.max_length = 4096},
      "The script, relative to this file; it is read when the config is, and again at every "
      "reload.");
  fields.text(
      "source", settings.source,
      {.max_length = std::size_t{256} << 10U,
       .expected = "a script with a function recommend",
       .is_valid = [](std::string_view text) { return !problem_with_script(std::string{text}); }},
      "The script itself, in place of a file.");
  fields.texts(
      "reads", settings.reads, {.max_length = 64},
      "The signals that the script cannot do without: `spillway check` tells which of them "
      "nothing provides.");
  fields.require(!settings.file.empty() || !settings.source.empty(), "needs file or source");
}

std::vector<Attachment> attachments(const LuaSettings& settings) {
  // A text of the config's own is checked like a file; one that both are given for is kept from an
  // earlier load (the effective config of a journal), and the file is only its name.
  if (!settings.source.empty() || settings.file.empty()) return {};
  return {{.kind = Attachment::Kind::script, .name = settings.file, .key = "file"}};
}

std::optional<AttachmentProblem> attach(LuaSettings& settings, const Attachment&,
                                        const std::string& bytes) {
  if (auto problem{problem_with_script(bytes)}) return problem;
  settings.source = bytes;
  return std::nullopt;
}

std::optional<AttachmentProblem> problem_with_script(const std::string& source) {
  if (source.empty()) return AttachmentProblem{.message = "the script is empty"};
  const script::Outcome outcome{script::check_script(source, {})};
  if (!outcome.is_fault) return std::nullopt;
  return AttachmentProblem{.message = "script: " + outcome.fault.message,
                           .line = outcome.fault.line};
}

LuaPolicy::LuaPolicy(Settings settings)
    : settings_{std::move(settings)},
      name_{settings_.file.empty() ? std::string{type}
                                   : fmt::format("{}:{}", type, stem_of(settings_.file))} {}

Recommendation LuaPolicy::recommend(const Snapshot& now, const History& past) const {
  FaultMemory kept{FaultMemory::of(past.memory(name_))};
  const script::Outcome outcome{
      script::call_recommend(settings_.source, seen(now, past, kept.of_script), {})};
  Recommendation asked{.policy = name_, .because = Because::script_said, .memory = kept.of_script};
  std::string problem{outcome.fault.message};
  if (outcome.is_fault && outcome.fault.line > 0) {
    problem = fmt::format("line {}: {}", outcome.fault.line, problem);
  }
  if (!outcome.is_fault) problem = Answer{outcome.value, asked}.problem();
  if (!problem.empty()) return failed(name_, std::move(kept), problem, now);
  if (asked.words.empty()) asked.words = "the script gives no reason";
  if (!asked.floor && !asked.ceiling && !asked.vms && !asked.is_hold) {
    asked.because = Because::no_opinion;
  }
  return asked;
}

}  // namespace spillway
