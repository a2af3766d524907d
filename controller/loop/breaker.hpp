// Circuit breakers: after a refusal, a place or a template is left alone for a while, longer each
// time, and then tried once. Pure: time is passed in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/because.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct BreakerSettings {
  Duration first{std::chrono::minutes{3}};  ///< Karpenter's figure for an offering without stock
  Duration longest{std::chrono::minutes{30}};
  /// Starts that fail one after another before it opens; about 2 % fail even on a good day.
  int failures_in_a_row{3};
  /// How long the one try after a pause may take to show its outcome.
  Duration probe{std::chrono::minutes{2}};
};

class Breakers {
 public:
  explicit Breakers(BreakerSettings settings = {}) : settings_{settings} {}

  /// A refusal that repeating cannot cure now: opens at once, twice as long each time in a row.
  void refuse(const std::string& key, Because because, TimePoint now);
  /// A start that failed after it was accepted: opens after `failures_in_a_row`.
  void fail(const std::string& key, Because because, TimePoint now);
  /// A start that worked closes it, unless it was asked for before the refusal: that says nothing
  /// about what is possible since.
  void succeed(const std::string& key, TimePoint asked_at);

  /// Why nothing may be created under `key` now; nothing if it may. Once the time is over one try
  /// is let through, and its outcome decides.
  std::optional<Because> closed_because(const std::string& key, TimePoint now) const;

  /// True once the pause is over and until the next try shows its outcome: one create is enough.
  bool is_half_open(const std::string& key, TimePoint now) const;
  /// A create is sent: if `key` is half open, this is its one try, and the others wait for it.
  void note_try(const std::string& key, TimePoint now);

  /// Forgets every pause under a key that begins with `prefix` and has this reason.
  void forgive(std::string_view prefix, Because because);

  /// Forgets refusals that are not yet: a clock that was ahead wrote them.
  void forget_future(TimePoint now);

  /// All that is remembered, for another run of the controller; what cannot be read is skipped.
  std::string to_text() const;
  void read_text(std::string_view text);

  /// When `key` was last refused; the beginning of time if never.
  TimePoint refused_at(const std::string& key) const;

 private:
  struct State {
    int failures{0};
    Duration pause{};
    TimePoint refused_at{};
    TimePoint open_until{};
    Because because{Because::place_unavailable};
    bool is_probing{false};
  };

  BreakerSettings settings_;
  std::map<std::string, State> states_{};
};

}  // namespace spillway
