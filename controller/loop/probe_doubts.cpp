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
  // They are gone, and what came in their place elsewhere serves: that is a way to go on.
  const int replaced{std::min(count.replaced, scope.let_go_in_doubt)};
  const int under_way{scope.let_go_in_doubt - replaced};
  const int most{static_cast<int>(std::floor(share * (count.serving + replaced)))};
  const int batch{std::min(replaced, std::max(1, most))};
  const TimePoint test_at{scope.tested_at ? *scope.tested_at + retry
                                          : *scope.doubted_since + patience};
  if (now < test_at && under_way >= batch) return false;
  scope.tested_at = now;
  if (!scope.let_go_since) scope.let_go_since = now;
  ++scope.let_go_in_doubt;
  scope.let_go.push_back(now);
  return true;
}

void ProbeDoubts::end(const std::string& where) {
  Scope& scope{scopes_[where]};
  scope.doubted_since.reset();
  scope.tested_at.reset();
  scope.let_go_since.reset();
  scope.let_go_in_doubt = 0;
}

bool ProbeDoubts::is_suspect(const std::string& where, TimePoint now) const {
  const auto found{scopes_.find(where)};
  return found != scopes_.end() && found->second.doubted_since &&
         now - found->second.doubted_at < suspicion;
}

std::optional<TimePoint> ProbeDoubts::let_go_since(const std::string& where) const {
  const auto found{scopes_.find(where)};
  return found == scopes_.end() ? std::nullopt : found->second.let_go_since;
}

bool ProbeDoubts::is_doubted(const std::string& where) const {
  const auto found{scopes_.find(where)};
  return found != scopes_.end() && found->second.doubted_since.has_value();
}

}  // namespace spillway
