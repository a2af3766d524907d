// What Spillway must not forget: the groups it created, from the intent on; why it decided what it
// decided; what that cost; how long starts take. Crash-only: whatever `write` acknowledged is there
// after a kill at any point, so a restart adopts instead of guessing.
// Synchronous, for the loop's thread alone; calls take milliseconds. One contract suite runs
// against every implementation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/group_lifecycle.hpp"
#include "controller/core/history.hpp"
#include "controller/core/plan.hpp"
#include "controller/core/planner.hpp"
#include "controller/core/shadow.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// One group as the controller remembers it. The first record of a name is the intent.
struct GroupRecord {
  GroupId id{};
  std::string workload{};
  Place place{};
  GroupSize size{};
  HourlyPrice price{};  ///< as it was at the intent: the bill never follows a later price list
  std::string template_hash{};
  GroupState state{};
  /// With `workload` the key of the journal entry that planned it. It stays when the platform
  /// starts the group anew or a later run adopts it; nothing if that is not known.
  std::optional<TimePoint> intended_at{};
  std::string ip{};  ///< empty until there is one
  int port{0};
  std::optional<TimePoint> serving_since{};
  /// When charging began: the sending of the create, or the first image pull where the provider
  /// tells. Nothing: not sent yet, costs nothing.
  std::optional<TimePoint> billed_from{};
  /// When charging ended; nothing: it may still be charged for. What is on the bill and no group of
  /// the loop's, a virtual node's pod or a standby pool, is `gone` from the beginning: without an
  /// end it was charged for when it was last looked at, at `state.since`.
  std::optional<TimePoint> billed_until{};
  std::string note{};  ///< the last word on it, for a person: no money depends on its wording

  bool operator==(const GroupRecord&) const = default;
};

/// What became of one action of a plan.
struct Outcome {
  std::string action{};  ///< `create`, `readmit`, `drain`, `remove`, ...
  GroupId group{};
  std::string result{};  ///< `accepted`, or the error as a sentence

  bool operator==(const Outcome&) const = default;
};

/// A load reading of a tick that was not worth an entry of its own.
struct SeenLoad {
  TimePoint at{};
  double load_rps{0.0};

  bool operator==(const SeenLoad&) const = default;
};

/// One tick of one workload, complete: with the settings text that `settings_hash` names, decision
/// and plan can be recomputed from it bit for bit.
struct JournalEntry {
  std::int64_t id{0};  ///< given by the store and growing; ignored on writing
  TimePoint at{};      ///< with `workload` the entry's key: writing it again replaces it
  std::string workload{};
  Snapshot snapshot{};
  History past{};  ///< as the policies saw it, before this decision
  Decision decision{};
  std::vector<Offer> offers{};  ///< as the planner saw them, ranked
  PlanLimits plan_limits{};
  Plan plan{};
  std::vector<Outcome> outcomes{};
  std::string settings_hash{};
  std::string mode{};  ///< `observe` or `act`
  std::optional<ShadowTick> shadow{};
  /// Of the ticks since the entry before this one, oldest first: a history without gaps to play.
  std::vector<SeenLoad> loads{};

  bool operator==(const JournalEntry&) const = default;
};

/// What outlives a controller of its last tick.
struct LastTick {
  History history{};                         ///< after that tick
  std::optional<TimePoint> drained_until{};  ///< a person's order, see `Snapshot`

  bool operator==(const LastTick&) const = default;
};

/// The `LastTick` that `entry` leaves.
inline LastTick last_tick_of(JournalEntry entry, Duration window) {
  return {.history = remember(std::move(entry.past), entry.decision, window),
          .drained_until = entry.snapshot.drained_until};
}

/// An outcome that came after its entry was written.
struct LateOutcome {
  std::string workload{};
  TimePoint tick{};  ///< `at` of the entry
  Outcome outcome{};

  bool operator==(const LateOutcome&) const = default;
};

/// How long one group took from its create until it served.
struct StartSample {
  Place place{};
  Duration took{};

  bool operator==(const StartSample&) const = default;
};

/// A short text that outlives a controller, by its key: what was learned and is no journal.
struct KeptText {
  std::string key{};
  std::string text{};
  TimePoint at{};  ///< when it was true

  bool operator==(const KeptText&) const = default;
};

/// What is written together or not at all.
struct StateBatch {
  std::vector<GroupRecord> groups{};  ///< each replaces the record of its name
  std::vector<JournalEntry> journal{};
  std::vector<LateOutcome> outcomes{};  ///< dropped if the entry is not there (any more)
  std::vector<StartSample> starts{};
  std::vector<KeptText> kept{};  ///< each replaces the one of its key

  bool is_empty() const {
    return groups.empty() && journal.empty() && outcomes.empty() && starts.empty() && kept.empty();
  }
};

/// An entry that is in the journal and cannot be read.
struct UnreadableEntry {
  std::int64_t id{0};
  TimePoint at{};
  std::string workload{};
  std::string complaint{};  ///< what is wrong with its document
};

/// Which entries to read; conditions are joined by "and".
struct JournalQuery {
  std::optional<std::int64_t> id{};
  std::string workload{};            ///< empty: all
  std::optional<TimePoint> since{};  ///< inclusive
  std::optional<TimePoint> until{};  ///< exclusive
  int limit{100};                    ///< the newest that many
};

/// Which group records to read; conditions are joined by "and".
struct GroupQuery {
  std::string workload{};            ///< empty: all
  std::optional<TimePoint> since{};  ///< living or charged at or after
  int limit{1000};                   ///< the newest that many
};

/// What was kept after `prune`, and whether another call would find more to remove.
struct PruneReport {
  int removed{0};
  bool is_done{true};
};

/// Errors of every function: `unavailable` (disk full, I/O error: try again later), `malformed` (a
/// row that is not what was written; the context names it), and of those that write: `denied`
/// (opened to read only, or the permissions changed).
class Store {
 public:
  virtual ~Store() = default;

  /// Makes `batch` durable, all of it or nothing. Intents are written before their create is sent.
  /// Idempotent: the same batch again changes nothing but repeats late outcomes and start samples.
  virtual Result<void> write(const StateBatch& batch) = 0;

  /// When an earlier run last failed to write: it was at work until then at least, and its records
  /// do not tell of it. An instant before all of them, or nothing: it could always write.
  virtual std::optional<TimePoint> alive_until() { return std::nullopt; }

  /// Every group that is not `gone`, oldest intent first: what a start has to adopt, complete or
  /// reap.
  virtual Result<std::vector<GroupRecord>> open_groups() = 0;

  /// Groups, open and closed, newest intent first: for the bill and the status.
  virtual Result<std::vector<GroupRecord>> groups(const GroupQuery& query) = 0;

  /// Entries, newest (by `at`) first.
  virtual Result<std::vector<JournalEntry>> journal(const JournalQuery& query) = 0;

  /// What the workload's next tick goes on with, from its newest entry; the history is cut to a
  /// look back of `window`. Nothing if there is no entry.
  virtual Result<std::optional<LastTick>> last_tick(const std::string& workload,
                                                    Duration window) = 0;

  /// What `workload` has cost in the calendar hour, day and month (UTC) of `now`, the present.
  virtual Result<Spend> spend(const std::string& workload, TimePoint now) = 0;

  /// The same over all workloads, also those no longer configured.
  virtual Result<Spend> total_spend(TimePoint now) = 0;

  /// How long starts take in `place`, from its last 200 samples; the defaults with fewer than 5.
  virtual Result<StartTimes> start_times(const Place& place) = 0;

  /// The text kept under `key`; nothing if there is none.
  virtual Result<std::optional<KeptText>> kept(const std::string& key) = 0;

  /// Keeps the settings that `hash` names, for replay; durable with the next batch that is written,
  /// and so never later than an entry that names them. Idempotent.
  virtual Result<void> save_settings(const std::string& hash, const std::string& text) = 0;

  /// The settings text of `hash`. Errors: not_found.
  virtual Result<std::string> settings(const std::string& hash) = 0;

  /// Removes journal entries older than `older_than`, settings that no entry names any more
  /// (except those that this process saved), and groups closed before the calendar month of
  /// `older_than` began (the ledger needs the rest). Open groups are never removed. Bounded: at
  /// most a few thousand rows a call, in milliseconds.
  virtual Result<PruneReport> prune(TimePoint older_than) = 0;
};

}  // namespace spillway
