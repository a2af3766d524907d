// Scopes that an earlier run used and that the settings name no more. What is ours there is listed,
// read and removed as before, and nothing is created there; once everybody who looks has found
// nothing for a while, the scope is forgotten. Sends nothing itself. One thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"
#include "controller/provider/aci/aci_settings.hpp"

namespace spillway::aci {

class FormerScopes {
 public:
  /// `clock` must outlive the object.
  explicit FormerScopes(io::Clock& clock) : clock_{clock} {}

  /// One more that looks into every scope, and has to find it empty before it is forgotten. Returns
  /// the number by which it tells what it found.
  int add_witness() { return witnesses_++; }

  /// From now on these are looked into; `on_forgotten` is called with each that is not any more.
  void look_in(std::vector<Scope> scopes, std::function<void(const Scope&)> on_forgotten = {});

  /// Those that are looked into still: a copy, since a look may take one out.
  std::vector<Scope> all() const;

  /// What a complete look of `witness` into `scope` has found: nothing of ours, or something.
  void found(const Scope& scope, int witness, bool is_empty);

 private:
  struct Empty {
    TimePoint first{};
    TimePoint last{};
  };
  struct Former {
    Scope scope{};
    std::map<int, Empty> empty{};  ///< by witness: since when, without a break
  };
  bool is_settled(const Former& former) const;

  io::Clock& clock_;
  std::vector<Former> former_{};
  std::function<void(const Scope&)> on_forgotten_{};
  int witnesses_{0};
};

/// Whether both mean the same place: Azure does not tell upper from lower case here.
bool is_same(const Scope& a, const Scope& b);

/// Those of `used` that are not among `now`, each once, in their order.
std::vector<Scope> not_among(const std::vector<Scope>& used, const std::vector<Scope>& now);

/// As a text for the state, a row each; what it cannot hold is left out.
std::string to_text(const std::vector<Scope>& scopes);

/// The scopes of such a text. It may be damaged: rows that name no scope are skipped, and no more
/// than 64 are taken.
std::vector<Scope> scopes_from_text(std::string_view text);

}  // namespace spillway::aci
