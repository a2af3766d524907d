#include "controller/provider/aci/former_scopes.hpp"

#include <algorithm>
#include <utility>

#include "controller/core/text_rows.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace {

/// A create that was sent just before the end is in the listing by then: ARM answers it within 60 s
/// and a listing lags by up to five minutes.
constexpr Duration settled_after{std::chrono::minutes{6}};
/// Between looks into a scope that says no.
constexpr Duration first_denied_pause{std::chrono::minutes{1}};
constexpr Duration longest_denied_pause{std::chrono::hours{1}};
/// Each costs a request with every listing. A person changes a resource group now and then.
constexpr std::size_t scopes_max{64};
constexpr std::size_t text_bytes_max{std::size_t{64} * 1024};

bool is_subscription_id(std::string_view text) {
  constexpr std::string_view allowed{
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-."};
  return !text.empty() && text.size() <= 128 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

bool has_scope(const std::vector<Scope>& scopes, const Scope& scope) {
  return std::ranges::any_of(scopes, [&](const Scope& each) { return is_same(each, scope); });
}

}  // namespace

void FormerScopes::look_in(std::vector<Scope> scopes, Listener listener) {
  former_.clear();
  for (Scope& scope : scopes) former_.push_back({.scope = std::move(scope)});
  listener_ = std::move(listener);
}

std::vector<Scope> FormerScopes::all() const {
  std::vector<Scope> scopes{};
  for (const Former& former : former_) scopes.push_back(former.scope);
  return scopes;
}

FormerScopes::Former* FormerScopes::find(const Scope& scope) {
  const auto former{std::ranges::find(former_, scope, &Former::scope)};
  return former == former_.end() ? nullptr : &*former;
}

void FormerScopes::found(const Scope& scope, int witness, bool is_empty) {
  Former* const former{find(scope)};
  if (former == nullptr) return;
  Look& look{former->looks[witness]};
  look.trouble.reset();
  look.pause = Duration::zero();
  const bool is_denied{std::ranges::any_of(
      former->looks, [](const auto& entry) { return entry.second.pause > Duration::zero(); })};
  if (!is_denied) former->is_told = false;
  if (!is_empty) {
    look.empty.reset();
    return;
  }
  const TimePoint now{clock_.now()};
  if (!look.empty) look.empty = Empty{.first = now};
  look.empty->last = now;
  if (!is_settled(*former)) return;
  const Scope left{std::move(former->scope)};
  former_.erase(former_.begin() + (former - former_.data()));
  if (listener_.on_forgotten) listener_.on_forgotten(left);
}

void FormerScopes::failed(const Scope& scope, int witness, const Error& error) {
  Former* const former{find(scope)};
  if (former == nullptr) return;
  Look& look{former->looks[witness]};
  look.trouble = error;
  if (error.code != Errc::denied) return;
  look.pause = std::clamp<Duration>(2 * look.pause, first_denied_pause, longest_denied_pause);
  look.next = clock_.now() + look.pause;
  if (!std::exchange(former->is_told, true) && listener_.on_denied) {
    listener_.on_denied(scope, error);
  }
}

std::optional<Error> FormerScopes::denial(const Scope& scope, int witness) const {
  const auto former{std::ranges::find(former_, scope, &Former::scope)};
  if (former == former_.end()) return std::nullopt;
  const auto look{former->looks.find(witness)};
  const bool must_wait{look != former->looks.end() && look->second.pause > Duration::zero() &&
                       clock_.now() < look->second.next};
  return must_wait ? look->second.trouble : std::nullopt;
}

void FormerScopes::look_again() {
  for (Former& former : former_) {
    for (auto& [witness, look] : former.looks) look.next = TimePoint{};
  }
}

std::vector<FormerScopes::Account> FormerScopes::accounts() const {
  std::vector<Account> all{};
  for (const Former& former : former_) {
    Account account{.scope = former.scope};
    account.was_looked_into = std::ssize(former.looks) == witnesses_;
    for (const auto& [witness, look] : former.looks) {
      if (look.trouble && !account.trouble) account.trouble = look.trouble;
      account.holds_something = account.holds_something || (!look.trouble && !look.empty);
    }
    all.push_back(std::move(account));
  }
  return all;
}

bool FormerScopes::is_settled(const Former& former) const {
  const auto has_settled{[](const auto& entry) {
    const std::optional<Empty>& empty{entry.second.empty};
    return empty && empty->last - empty->first >= settled_after;
  }};
  return std::ssize(former.looks) == witnesses_ && std::ranges::all_of(former.looks, has_settled);
}

bool is_same(const Scope& a, const Scope& b) {
  return equals_ignoring_case(a.subscription, b.subscription) &&
         equals_ignoring_case(a.resource_group, b.resource_group);
}

std::vector<Scope> not_among(const std::vector<Scope>& used, const std::vector<Scope>& now) {
  std::vector<Scope> left{};
  for (const Scope& scope : used) {
    if (!has_scope(now, scope) && !has_scope(left, scope)) left.push_back(scope);
  }
  return left;
}

std::string to_text(const std::vector<Scope>& scopes) {
  std::string text{};
  for (const Scope& scope : scopes) add_row(text, {scope.subscription, scope.resource_group});
  return text;
}

std::vector<Scope> scopes_from_text(std::string_view text) {
  std::vector<Scope> scopes{};
  for (std::vector<std::string>& row : rows_of(text.substr(0, text_bytes_max), 2)) {
    if (scopes.size() == scopes_max) break;
    Scope scope{std::move(row.at(0)), std::move(row.at(1))};
    const bool is_scope{is_subscription_id(scope.subscription) &&
                        is_resource_group_name(scope.resource_group)};
    if (is_scope && !has_scope(scopes, scope)) scopes.push_back(std::move(scope));
  }
  return scopes;
}

}  // namespace spillway::aci
