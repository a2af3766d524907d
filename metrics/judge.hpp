// How far an answer can be trusted: samples in, readings out, pure. Missing is not zero, and a
// doubt never shrinks a fleet: whatever is odd about a sample makes the reading stale (the last
// value that was believed, for display and growth) or missing (none ever was).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/core/reading.hpp"
#include "metrics/metric_source.hpp"

namespace spillway {

/// Why a reading is not fresh: one case each, and the closed set of a metric label.
enum class Doubt {
  none,
  source_failed,        ///< the source, or this query, could not be answered
  no_series,            ///< the answer holds nothing: the query matched no series
  no_series_for_label,  ///< a shared answer without this workload
  several_series,       ///< a shared answer with more than one for this workload
  not_a_number,         ///< NaN, as 0/0 gives
  infinite,             ///< as x/0 gives
  negative,             ///< where the signal cannot be
  from_the_future,      ///< sampled later than now by more than clocks may differ
  too_old,              ///< sampled longer ago than `stale_after`
  partial,              ///< the source warns that something is missing from the answer
  sample_time_unknown,  ///< the freshness query gave no time
};

inline constexpr std::array all_doubts{Doubt::none,
                                       Doubt::source_failed,
                                       Doubt::no_series,
                                       Doubt::no_series_for_label,
                                       Doubt::several_series,
                                       Doubt::not_a_number,
                                       Doubt::infinite,
                                       Doubt::negative,
                                       Doubt::from_the_future,
                                       Doubt::too_old,
                                       Doubt::partial,
                                       Doubt::sample_time_unknown};

/// The CamelCase word: `TooOld`.
std::string_view to_string(Doubt doubt);

struct TrustRules {
  Duration stale_after{std::chrono::seconds{60}};
  double scale{1.0};
  bool may_be_negative{false};

  bool operator==(const TrustRules&) const = default;
};

/// How far a source's clock may be ahead of ours: NTP keeps machines within a second, and a sample
/// from further ahead would stay fresh for too long.
inline constexpr Duration clock_skew_max{std::chrono::seconds{10}};

/// The last value that was believed.
struct KnownValue {
  double value{0.0};
  TimePoint sampled_at{};
};

/// What came back for one signal of one workload. A view: outlived by the answers.
struct Received {
  std::string_view source{};  ///< the source's name, for the words
  const Result<Answer>& answer;
  const Result<Answer>* sample_times{nullptr};  ///< of the freshness query, if there is one
  std::string_view join_label{};
  std::string_view key{};  ///< this workload's value of the join label; empty: not shared
};

struct Judged {
  Reading reading{};
  Doubt doubt{Doubt::none};
};

/// The reading that `received` supports at `now`. Fresh only without any doubt. A sample of an
/// answer with warnings, or one that is too old, is shown as stale itself; for every other doubt
/// `known` is. `known` is updated by samples that are believed, fresh or too old.
Judged judge(const Received& received, const TrustRules& rules, TimePoint now,
             std::optional<KnownValue>& known);

}  // namespace spillway
