#include "controller/provider/aci/aci_standby.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

/// Filling a pool again takes a cold start, so a refusal holds for about a minute.
constexpr int looks_not_believed_after_a_refusal{4};

/// Azure may answer with another case than it was asked with.
bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& each) { return equals_ignoring_case(each, name); });
}

}  // namespace

AciStandby::AciStandby(ArmClient& arm, AciSettings settings, std::string owner)
    : settings_{std::move(settings)}, owner_{std::move(owner)}, pools_{arm, owner_} {}

asio::awaitable<Result<StandbyStock>> AciStandby::keep(StandbyOrder order, io::Deadline deadline) {
  order.replica = in_place(settings_, order.place, std::move(order.replica));
  const std::string name{standby_name(owner_, order)};
  const Scope scope{scope_of(settings_, order.place)};
  const std::string path{pool_path(scope, name)};
  if (order.ready == 0) {
    const Result<std::optional<PoolAnswer>> seen = co_await pools_.look(path, deadline);
    if (!seen) co_return seen.error();
    known_.erase(name);
    if (!*seen) co_return StandbyStock{};
    const Result<void> erased = co_await pools_.erase(scope, name, deadline);
    if (!erased) co_return erased.error();
    co_return StandbyStock{};
  }
  if (const std::string fault{standby_fault(order)}; !fault.empty()) {
    co_return Error{Errc::bad_request, fmt::format("standby of {}: {}", order.workload, fault)};
  }
  const Result<bool> is_well = co_await check(order, name, deadline);
  if (!is_well) co_return is_well.error();
  Result<StandbyStock> stock = co_await pools_.stock_of(path, deadline);
  if (stock && !*is_well && stock->is_healthy) {
    stock->is_healthy = false;
    stock->words = "Azure accepted the pool and could not create it: it is written again";
  }
  if (!stock) {
    // Somebody removed it: the next call makes it again.
    if (stock.error().code == Errc::not_found) known_.erase(name);
    co_return stock;
  }
  if (const auto now = known_.find(name); now != known_.end()) {
    if (now->second.looks_not_believed > 0) {
      // It showed members that could not be taken: they are charged for, and no stock.
      --now->second.looks_not_believed;
      stock->creating += std::exchange(stock->running, 0);
    }
    now->second.running = stock->running;
  }
  co_return stock;
}

/// Looks whether the pool is as ordered, and writes it if it is not: somebody may have changed it,
/// and a creation that was accepted may fail. False: it has failed, and was or will be written
/// again, each time in a row after twice as many looks.
asio::awaitable<Result<bool>> AciStandby::check(StandbyOrder order, std::string name,
                                                io::Deadline deadline) {
  constexpr int looks_max{16};
  const Scope scope{scope_of(settings_, order.place)};
  const auto known = known_.find(name);
  bool is_as_ordered{known != known_.end() && known->second.capacity == order.ready &&
                     known->second.template_hash == order.template_hash};
  bool has_failed{false};
  if (is_as_ordered) {
    const int revision{known->second.member.revision};
    const Result<std::optional<PoolAnswer>> seen =
        co_await pools_.look(pool_path(scope, name), deadline);
    if (!seen) co_return seen.error();
    const std::optional<PoolAnswer>& pool{*seen};
    has_failed = pool && pool->has_failed;
    const bool is_same_revision{pool && (pool->revision == 0 || pool->revision == revision)};
    is_as_ordered = is_same_revision && pool->capacity == order.ready &&
                    pool->template_hash == order.template_hash;
  }
  if (has_failed) {
    Failed& failed{failed_[name]};
    if (failed.looks_to_wait > 0) {
      --failed.looks_to_wait;
      co_return false;
    }
    failed.looks_to_wait = std::min(looks_max, 1 << std::min(failed.in_a_row++, 8));
    is_as_ordered = false;
  } else if (is_as_ordered) {
    failed_.erase(name);
  }
  if (!is_as_ordered) {
    const Result<void> made = co_await make(order, name, deadline);
    if (!made) co_return made.error();
  }
  co_return !has_failed;
}

/// Creates or changes profile and pool, unless they are as ordered already.
asio::awaitable<Result<void>> AciStandby::make(StandbyOrder order, std::string name,
                                               io::Deadline deadline) {
  const Scope scope{scope_of(settings_, order.place)};
  const std::string path{pool_path(scope, name)};
  const Result<std::optional<PoolAnswer>> seen = co_await pools_.look(path, deadline);
  if (!seen) co_return seen.error();
  Known made{};
  made.template_hash = order.template_hash;
  made.capacity = order.ready;
  made.member.pool_id = path;
  made.member.profile_id = profile_path(scope, name);

  const bool is_current{*seen && (*seen)->template_hash == order.template_hash &&
                        (*seen)->revision > 0};
  made.member.revision = is_current ? (*seen)->revision : 0;
  if (!is_current) {
    std::string body{profile_body(owner_, order)};
    const Result<int> revision =
        co_await pools_.write_profile(made.member.profile_id, name, std::move(body), deadline);
    if (!revision) co_return revision.error();
    made.member.revision = *revision;
  }
  const bool is_as_ordered{is_current && (*seen)->capacity == order.ready && !(*seen)->has_failed};
  if (!is_as_ordered) {
    std::string body{pool_body(owner_, order, made.member.profile_id, made.member.revision)};
    const Result<void> written = co_await pools_.write_pool(path, name, std::move(body), deadline);
    if (!written) co_return written.error();
  }
  known_[name] = std::move(made);
  co_return Result<void>{};
}

asio::awaitable<Result<std::vector<std::string>>> AciStandby::remove_others(
    std::vector<StandbyOrder> orders, io::Deadline deadline) {
  std::vector<std::string> removed{};
  std::optional<Error> failed{};  // the others go on all the same
  const std::vector<Scope> current{scopes(settings_)};
  for (const Scope& scope : current) {
    std::vector<std::string> kept{};
    for (const StandbyOrder& order : orders) {
      const bool is_here{scope_of(settings_, order.place) == scope && order.ready > 0};
      if (is_here) kept.push_back(standby_name(owner_, order));
    }
    const Result<bool> swept = co_await sweep(scope, std::move(kept), removed, deadline);
    if (!swept && !failed && !says_not_registered(swept.error())) failed = swept.error();
  }
  const std::vector<Scope> former{former_ ? former_->all() : std::vector<Scope>{}};
  for (const Scope& scope : former) {
    if (former_->denial(scope, witness_)) continue;  // told, and tried again later
    const Result<bool> swept = co_await sweep(scope, {}, removed, deadline);
    auto trouble = note_former(scope, swept);
    if (!failed) failed = std::move(trouble);
  }
  if (failed) co_return *failed;
  co_return removed;
}

std::optional<Error> AciStandby::note_former(const Scope& scope, const Result<bool>& is_empty) {
  const bool has_none{!is_empty && (says_no_resource_group(is_empty.error()) ||
                                    says_not_registered(is_empty.error()))};
  if (is_empty || has_none) {
    former_->found(scope, witness_, has_none || *is_empty);
    return std::nullopt;
  }
  former_->failed(scope, witness_, is_empty.error());
  return is_empty.error();
}

asio::awaitable<Result<std::vector<OwnPool>>> AciStandby::list_pools(io::Deadline deadline) {
  std::vector<OwnPool> found{};
  std::optional<Error> failed{};
  const std::vector<Scope> current{scopes(settings_)};
  for (const Scope& scope : current) {
    const Result<bool> listed = co_await list_in(scope, false, found, deadline);
    if (!listed && !failed && !says_not_registered(listed.error())) failed = listed.error();
  }
  const std::vector<Scope> former{former_ ? former_->all() : std::vector<Scope>{}};
  for (const Scope& scope : former) {
    auto trouble = former_->denial(scope, witness_);
    if (!trouble) {
      const Result<bool> listed = co_await list_in(scope, true, found, deadline);
      trouble = note_former(scope, listed);
    }
    if (!failed) failed = std::move(trouble);
  }
  if (failed) co_return *failed;
  co_return found;
}

/// Whether nothing of ours is there; in a former scope no profile either.
asio::awaitable<Result<bool>> AciStandby::list_in(Scope scope, bool is_former,
                                                  std::vector<OwnPool>& found,
                                                  io::Deadline deadline) {
  const Result<std::vector<PoolAnswer>> pools = co_await pools_.pools_in(scope, deadline);
  if (!pools) co_return pools.error();
  bool is_empty{true};
  for (const PoolAnswer& pool : *pools) {
    if (pool.owner != owner_) continue;
    is_empty = false;
    if (pool.is_deleting) continue;
    OwnPool own{};
    own.name = pool.name;
    own.workload = pool.workload;
    own.subscription = scope.subscription;
    own.resource_group = scope.resource_group;
    own.is_former = is_former;
    found.push_back(std::move(own));
  }
  if (!is_former) co_return is_empty;
  const Result<std::vector<PoolAnswer>> profiles = co_await pools_.profiles_in(scope, deadline);
  if (!profiles) co_return profiles.error();
  for (const PoolAnswer& profile : *profiles) is_empty = is_empty && profile.owner != owner_;
  co_return is_empty;
}

asio::awaitable<Result<void>> AciStandby::remove_pool(OwnPool pool, io::Deadline deadline) {
  const Scope scope{pool.subscription, pool.resource_group};
  // Looked at first: a delete of something that is not ours cannot be undone.
  const Result<std::optional<PoolAnswer>> seen =
      co_await pools_.look(pool_path(scope, pool.name), deadline);
  if (!seen) co_return seen.error();
  known_.erase(pool.name);
  failed_.erase(pool.name);
  if (!*seen || (*seen)->is_deleting) co_return Result<void>{};
  co_return co_await pools_.erase(scope, std::move(pool.name), deadline);
}

/// Whether nothing of ours was there but what is kept.
asio::awaitable<Result<bool>> AciStandby::sweep(Scope scope, std::vector<std::string> kept,
                                                std::vector<std::string>& removed,
                                                io::Deadline deadline) {
  const Result<bool> has_no_pool = co_await remove_in(scope, kept, removed, deadline);
  if (!has_no_pool) co_return has_no_pool.error();
  const Result<bool> has_no_profile = co_await remove_profiles(scope, std::move(kept), deadline);
  if (!has_no_profile) co_return has_no_profile.error();
  const bool is_empty{*has_no_pool && *has_no_profile};
  co_return is_empty;
}

asio::awaitable<Result<bool>> AciStandby::remove_in(Scope scope, std::vector<std::string> kept,
                                                    std::vector<std::string>& removed,
                                                    io::Deadline deadline) {
  const Result<std::vector<PoolAnswer>> pools = co_await pools_.pools_in(scope, deadline);
  if (!pools) co_return pools.error();
  bool has_none{true};
  for (const PoolAnswer& pool : *pools) {
    if (pool.owner != owner_ || is_among(kept, pool.name)) continue;
    has_none = false;
    if (pool.is_deleting) continue;
    const Result<void> erased = co_await pools_.erase(scope, pool.name, deadline);
    if (!erased) co_return erased.error();
    known_.erase(pool.name);
    failed_.erase(pool.name);
    removed.push_back(pool.name);
  }
  co_return has_none;
}

/// A profile cannot go before its pool is gone, which takes minutes: what stayed behind is found by
/// its tag.
asio::awaitable<Result<bool>> AciStandby::remove_profiles(Scope scope,
                                                          std::vector<std::string> kept,
                                                          io::Deadline deadline) {
  const Result<std::vector<PoolAnswer>> profiles = co_await pools_.profiles_in(scope, deadline);
  if (!profiles) co_return profiles.error();
  bool has_none{true};
  for (const PoolAnswer& profile : *profiles) {
    if (profile.owner != owner_ || is_among(kept, profile.name)) continue;
    has_none = false;
    // While its pool is still going it is refused, and the next sweep tries again: it costs
    // nothing.
    co_await pools_.erase_profile(scope, profile.name, deadline);
  }
  co_return has_none;
}

std::optional<WarmMember> AciStandby::take(const GroupRequest& request) {
  StandbyOrder order{};
  order.workload = request.tags.workload;
  order.place = request.place;
  order.size = request.size;
  const auto known = known_.find(standby_name(owner_, order));
  if (known == known_.end()) return std::nullopt;
  Known& pool{known->second};
  const bool fits{pool.template_hash == request.tags.template_hash};
  if (!fits || pool.running == 0) return std::nullopt;
  --pool.running;
  return pool.member;
}

void AciStandby::found_empty(const WarmMember& member) {
  for (auto& [name, pool] : known_) {
    if (pool.member.pool_id != member.pool_id) continue;
    pool.running = 0;
    pool.looks_not_believed = looks_not_believed_after_a_refusal;
  }
}

}  // namespace spillway::aci
