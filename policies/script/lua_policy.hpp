// A policy of the user's own: a Lua 5.4 script with a function `recommend`, from what is seen to
// what is asked for. As pure as the others: it gets values, returns values, and keeps what it
// returns as `memory`. Sandboxed and limited (sandbox.hpp).
//
// A fault is told in words and holds the count, as a missing reading does, for ten minutes: enough
// for somebody to react, and nothing goes in one tick because a file was edited. A script that
// fails for longer has no opinion, and the other policies decide; the arbiter lets it hold where
// none of them does. The ten minutes begin anew while a reading is missing or the fleet unknown: a
// script that does arithmetic with what is not there is not to blame. The first answer without a
// fault ends that.
//
//   function recommend(now)
//     if not now.load then return {hold = true, words = "no load"} end
//     return {floor = math.ceil(now.load / 7), words = "7 req/s each"}
//   end
//
// `now` holds (absent, not zero, what is unknown):
//   at (s since 1970), workload, load, utilization, queue, latency_p95, late (fresh readings),
//   readings.NAME = {value, quality = "fresh" | "stale" | "missing", age (s)}
//   base = {ready, starting, pending, room}, vms = {ready, starting},
//   burst = {serving, starting, draining}, total
//   start = {median, p95} (s), price (USD/h a replica), spend = {hour, day, month} (USD)
//   standby = {ready, starting (replicas), start (s)} of a standby pool
//   last = {desired, burst} of the last decision, memory = list of numbers, empty at first
// The result may hold:
//   floor, ceiling, vms (counts), hold (true: not fewer than now), words, memory (at most 256
//   numbers)
// An empty table is no opinion. Anything else is a fault, and so is an unknown key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/attachment.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct LuaSettings {
  std::string file{};
  std::string source{};  ///< of `file`, when it was attached, or as the config gives it
  std::vector<std::string> reads{};
};

void describe(Fields& fields, LuaSettings& settings);

std::vector<Attachment> attachments(const LuaSettings& settings);
std::optional<AttachmentProblem> attach(LuaSettings& settings, const Attachment& attachment,
                                        const std::string& bytes);

/// Why `source` cannot be a policy; nothing if it can.
std::optional<AttachmentProblem> problem_with_script(const std::string& source);

class LuaPolicy final : public Policy {
 public:
  using Settings = LuaSettings;
  static constexpr std::string_view type{"lua"};
  static constexpr std::string_view help{"A script of your own: from what is seen to a count."};
  static constexpr std::size_t most_kept{256};
  /// Somebody is paged after a minute (`SpillwayScriptFails`), and has the rest to react.
  static constexpr Duration holds_for{std::chrono::minutes{10}};

  explicit LuaPolicy(Settings settings);

  /// `lua`, or `lua:office_hours` by the name of the script's file, so that there can be several.
  std::string_view name() const override { return name_; }
  std::vector<std::string> signals() const override { return settings_.reads; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
  std::string name_;
};

}  // namespace spillway
