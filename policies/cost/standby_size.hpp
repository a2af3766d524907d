// How many groups to keep warm: what holding one more costs against the lateness it saves, from the
// starts that the workload has made. Pure.
//
//   A warm group bills like any other, p per second, all the time. Each time it is needed it serves
//   `saved` seconds (cold start minus warm start) earlier. For that time its share of the requests
//   is on time instead of late, and a request on time is worth `worth` times what serving it costs
//   (30 in the reference world). What a group serves in a second costs p; so one use is worth
//   worth * saved * p, and the price cancels out:
//
//   keep the k-th warm  <=>  uses_k * worth * saved >= observed
//
//   where uses_k counts the bursts in the observed time that needed at least k groups at once, that
//   is within one cold start: a pool that was emptied is filled again only then.
//
// Example: a cold start of 40 s against a warm one of 5 s, worth 30: a use pays for 30 * 35 = 1050
// s of holding. A third warm group is kept if bursts of three groups come at least every 17.5
// minutes.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway {

enum class StandbySizing { fixed, automatic };
inline constexpr std::array<std::string_view, 2> standby_sizing_words{"fixed", "auto"};

struct StandbySettings {
  StandbySizing sizing{StandbySizing::fixed};
  int size{0};  ///< fixed: groups to keep warm
  int max{5};   ///< automatic: at most
  double worth{30.0};
  Duration look_back{std::chrono::hours{24 * 7}};
  Duration warm_start{std::chrono::seconds{5}};

  bool operator==(const StandbySettings&) const = default;
};

void describe(Fields& fields, StandbySettings& settings);

/// Bursts of starts: how many groups each asked for, where starts less than `together` after the
/// first one belong to it. `starts` in any order.
std::vector<int> burst_sizes(std::vector<TimePoint> starts, Duration together);

/// The number to keep warm. `observed` is the time in which `starts` were made; with less than an
/// hour of it nothing is known yet, and nothing is kept.
int standby_size(const StandbySettings& settings, const std::vector<TimePoint>& starts,
                 Duration observed, Duration cold_start);

}  // namespace spillway
