// What a decision of `auto` says to a person: the count and what is expected, what one step more
// would save and cost, and what else made the count so. Decides nothing: the same decision is made
// where nobody reads it.
#pragma once

#include <span>
#include <string>

#include "policies/latency/auto/choice.hpp"

namespace spillway::autopilot {

/// Why more are asked for than what is expected calls for.
enum class Beyond { load_now, backlog, rate_in_doubt };

/// What a decision was made from, as far as a person wants to hear of it.
struct Told {
  int asked{0};
  double low{0.0};  ///< req/s that nine of ten slots exceed
  double high{0.0};
  double jump_chance{0.0};
  double horizon_s{0.0};
  double widest_growth{0.0};  ///< times the highest load known: no more is planned for
  bool is_cut{false};         ///< a start takes longer than the horizon
  double doubt{1.0};
  bool is_bounded{false};           ///< by lateness, see LatenessCeiling
  double late_floor{0.0};           ///< share of the requests, see LatenessFloor
  int standby{0};                   ///< replicas that need not be started
  Beyond beyond{Beyond::load_now};  ///< what asks for the most
};

/// The load, in req/s, that is exceeded with the probability `chance`: `tail[i]` is that of
/// `holds[i]`, which rise. Between two of them a line is drawn, and it does not go on beyond the
/// first and the last. Neither may be empty. Example: 20 % at 100 req/s and 5 % at 130: 10 % at
/// 120.
double load_exceeded(std::span<const double> holds, std::span<const double> tail, double chance);

/// One line, its parts separated by semicolons; what does not matter is left out.
std::string words_of(const Choice& choice, const Told& told, const Economics& economics);

}  // namespace spillway::autopilot
