#include "controller/loop/probe_doubts.hpp"

#include <algorithm>
#include <cmath>

namespace spillway {

void ProbeDoubts::note_passed(const std::string& where, TimePoint now) {
  scopes_[where].passed_at = now;
}

bool ProbeDoubts::may_let_go(const std::string& where, const ProbeCount& count, double share,
                             Duration retry, TimePoint now) {
  Scope& scope{scopes_[where]};
  while (!scope.let_go.empty() && now - scope.let_go.front() > together) scope.let_go.pop_front();
  // Those that have just been let go failed with the others.
  const int gone{static_cast<int>(scope.let_go.size())};
  const double allowed{share * (count.serving + gone)};
  const int failing{count.failing + gone};
  // As the doubted are drained, the last of them is no less in doubt.
  const bool is_last_of_them{scope.doubted_since && now - scope.doubted_at < suspicion &&
                             count.failing >= count.serving};
  const bool is_doubtful{(failing >= 2 && failing > allowed) || is_last_of_them};
  if (!is_doubtful) {
    end(where);
    scope.let_go.push_back(now);
    return true;
  }
  if (!scope.doubted_since) scope.doubted_since = now;
  scope.doubted_at = now;
  const bool is_reached{scope.passed_at && *scope.passed_at > *scope.doubted_since};
  if (is_reached) {
    if (gone >= std::max(1, static_cast<int>(std::floor(allowed)))) return false;
    scope.let_go.push_back(now);
    return true;
  }
  const TimePoint test_at{scope.tested_at ? *scope.tested_at + retry
                                          : *scope.doubted_since + patience};
  if (now < test_at) return false;
  scope.tested_at = now;
  scope.let_go.push_back(now);
  return true;
}

void ProbeDoubts::end(const std::string& where) {
  Scope& scope{scopes_[where]};
  scope.doubted_since.reset();
  scope.tested_at.reset();
}

bool ProbeDoubts::is_suspect(const std::string& where, TimePoint now) const {
  const auto found{scopes_.find(where)};
  return found != scopes_.end() && found->second.doubted_since &&
         now - found->second.doubted_at < suspicion;
}

bool ProbeDoubts::is_doubted(const std::string& where) const {
  const auto found{scopes_.find(where)};
  return found != scopes_.end() && found->second.doubted_since.has_value();
}

}  // namespace spillway
