// Scopes that an earlier run used and that the settings name no more. What is ours there is listed,
// read and removed as before, and nothing is created there; once everybody who looks has found
// nothing for a while, the scope is forgotten. Sends nothing itself. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"
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

  /// Who hears of what happens to a scope; either may be empty.
  struct Listener {
    std::function<void(const Scope&)> on_forgotten{};  ///< it is not looked into any more
    /// It may not be looked into: once, until a look has succeeded again.
    std::function<void(const Scope&, const Error&)> on_denied{};
  };

  /// From now on these are looked into.
  void look_in(std::vector<Scope> scopes, Listener listener);
  void look_in(std::vector<Scope> scopes) { look_in(std::move(scopes), Listener{}); }

  /// Those that are looked into still: a copy, since a look may take one out.
  std::vector<Scope> all() const;

  /// What a complete look of `witness` into `scope` has found: nothing of ours, or something.
  void found(const Scope& scope, int witness, bool is_empty);

  /// A look of `witness` into `scope` failed. After `denied` it need not look again for a minute at
  /// first, and for an hour in the end: only a person can cure it.
  void failed(const Scope& scope, int witness, const Error& error);

  /// What was said last, while `witness` need not look into `scope`; nothing: it may look.
  std::optional<Error> denial(const Scope& scope, int witness) const;

  /// Rights may be others now: everybody may look everywhere.
  void look_again();

  /// What is known of a scope.
  struct Account {
    Scope scope{};
    bool holds_something{false};     ///< at least one who looked has found something of ours
    bool was_looked_into{false};     ///< by everybody who looks
    std::optional<Error> trouble{};  ///< why somebody could not look
  };
  std::vector<Account> accounts() const;

 private:
  struct Empty {
    TimePoint first{};
    TimePoint last{};
  };
  /// What the last look of a witness has come to.
  struct Look {
    std::optional<Empty> empty{};  ///< since when, without a break
    std::optional<Error> trouble{};
    Duration pause{};  ///< after `denied`
    TimePoint next{};
  };
  struct Former {
    Scope scope{};
    std::map<int, Look> looks{};  ///< by witness
    bool is_told{false};          ///< that it is denied
  };
  bool is_settled(const Former& former) const;
  Former* find(const Scope& scope);

  io::Clock& clock_;
  std::vector<Former> former_{};
  Listener listener_{};
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
