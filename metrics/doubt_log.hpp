// Log lines for readings that somebody has to see to: NaN, infinite or negative values, samples
// from the future, series that a shared query does not tell apart, queries that their source
// refuses although it answers others. One line when a kind of doubt comes up, however many
// workloads have it, and one when it is over; not one per read. What fails as a whole is told as
// the source's health.
#pragma once

#include <compare>
#include <map>
#include <set>
#include <string>

#include "controller/core/units.hpp"
#include "metrics/judge.hpp"

namespace spillway {

class DoubtLog {
 public:
  /// A reading of the round that `tell` ends is in doubt. Doubts that are told elsewhere are passed
  /// over. `why` is the reading's own words.
  void note(const std::string& source, const std::string& signal, Doubt doubt,
            const std::string& workload, const std::string& why);

  /// A round of readings ended: writes what is news.
  void tell(TimePoint now);

 private:
  struct Kind {
    std::string source{};
    std::string signal{};
    Doubt doubt{Doubt::none};

    auto operator<=>(const Kind&) const = default;
  };
  struct Spell {
    std::set<std::string> workloads{};  ///< in the round that runs
    std::string why{};                  ///< of the first of them
    std::set<std::string> told{};
    TimePoint since{};
    TimePoint last{};  ///< round that had any
    TimePoint told_at{};
  };

  static bool is_news(const Spell& spell, TimePoint now);
  static void write(const Kind& kind, Spell& spell, TimePoint now);

  std::map<Kind, Spell> spells_{};
};

}  // namespace spillway
