#include "controller/provider/aci/aci_standby.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::string_view pool_version{"2025-10-01"};
constexpr int pool_pages_max{100};
/// Filling a pool again takes a cold start, so a refusal holds for about a minute.
constexpr int looks_not_believed_after_a_refusal{4};

std::string in_scope(const Scope& scope, std::string_view type) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}/providers/{}",
                     io::percent_encode(scope.subscription),
                     io::percent_encode(scope.resource_group), type);
}

std::string pools_path(const Scope& scope) {
  return in_scope(scope, "Microsoft.StandbyPool/standbyContainerGroupPools");
}

std::string profile_path(const Scope& scope, const std::string& name) {
  return in_scope(scope, "Microsoft.ContainerInstance/containerGroupProfiles/") + name;
}

ArmRequest pool_request(std::string method, std::string path, std::string what) {
  ArmRequest request{};
  request.method = std::move(method);
  request.path = std::move(path);
  request.what = std::move(what);
  request.api_version = pool_version;
  return request;
}

bool is_gone(const Error& error) {
  return error.code == Errc::not_found;
}

}  // namespace

AciStandby::AciStandby(ArmClient& arm, AciSettings settings, std::string owner)
    : arm_{arm}, settings_{std::move(settings)}, owner_{std::move(owner)} {}

asio::awaitable<Result<StandbyStock>> AciStandby::keep(StandbyOrder order, io::Deadline deadline) {
  const std::string name{standby_name(owner_, order)};
  const Scope scope{scope_of(settings_, order.place)};
  const std::string path{pools_path(scope) + "/" + name};
  if (order.ready == 0) {
    const Result<std::optional<PoolAnswer>> seen = co_await look(path, deadline);
    if (!seen) co_return seen.error();
    known_.erase(name);
    if (!*seen) co_return StandbyStock{};
    const Result<void> erased = co_await erase(scope, name, deadline);
    if (!erased) co_return erased.error();
    co_return StandbyStock{};
  }
  if (const std::string fault{standby_fault(order)}; !fault.empty()) {
    co_return Error{Errc::bad_request, fmt::format("standby of {}: {}", order.workload, fault)};
  }
  const auto known = known_.find(name);
  const bool is_as_ordered{known != known_.end() && known->second.capacity == order.ready &&
                           known->second.template_hash == order.template_hash};
  if (!is_as_ordered) {
    const Result<void> made = co_await make(order, name, deadline);
    if (!made) co_return made.error();
  }
  Result<StandbyStock> stock = co_await stock_of(path, deadline);
  if (!stock) {
    // Somebody removed it: the next call makes it again.
    if (is_gone(stock.error())) known_.erase(name);
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

/// Creates or changes profile and pool, unless they are as ordered already.
asio::awaitable<Result<void>> AciStandby::make(StandbyOrder order, std::string name,
                                               io::Deadline deadline) {
  const Scope scope{scope_of(settings_, order.place)};
  const std::string path{pools_path(scope) + "/" + name};
  const Result<std::optional<PoolAnswer>> seen = co_await look(path, deadline);
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
    ArmRequest put{};
    put.method = "PUT";
    put.path = made.member.profile_id;
    put.body = profile_body(owner_, order);
    put.what = "writing the profile " + name;
    const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
    if (!answer) co_return answer.error();
    const Result<int> revision{parse_profile_revision(answer->body)};
    if (!revision) co_return revision.error();
    made.member.revision = *revision;
  }
  if (!is_current || (*seen)->capacity != order.ready) {
    ArmRequest put{pool_request("PUT", path, "writing the standby pool " + name)};
    put.body = pool_body(owner_, order, made.member.profile_id, made.member.revision);
    const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
    if (!answer) co_return answer.error();
  }
  known_[name] = std::move(made);
  co_return Result<void>{};
}

/// Nothing if there is none; `denied` if it is not ours.
asio::awaitable<Result<std::optional<PoolAnswer>>> AciStandby::look(std::string path,
                                                                    io::Deadline deadline) {
  ArmRequest request{pool_request("GET", path, "reading " + path.substr(path.rfind('/') + 1))};
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer && is_gone(answer.error())) co_return std::optional<PoolAnswer>{};
  if (!answer) co_return answer.error();
  Result<PoolAnswer> pool{parse_pool(answer->body)};
  if (!pool) co_return pool.error();
  if (pool->owner != owner_) {
    co_return Error{Errc::denied,
                    fmt::format("standby pool {} does not carry our owner tag", pool->name)};
  }
  co_return std::optional<PoolAnswer>{std::move(*pool)};
}

/// The pool first: a profile that is in use cannot go.
asio::awaitable<Result<void>> AciStandby::erase(Scope scope, std::string name,
                                                io::Deadline deadline) {
  ArmRequest pool{
      pool_request("DELETE", pools_path(scope) + "/" + name, "removing the standby pool " + name)};
  const Result<io::HttpResponse> pool_gone = co_await arm_.send(std::move(pool), deadline);
  if (!pool_gone && !is_gone(pool_gone.error())) co_return pool_gone.error();
  ArmRequest profile{};
  profile.method = "DELETE";
  profile.path = profile_path(scope, name);
  profile.what = "removing the profile " + name;
  const Result<io::HttpResponse> gone = co_await arm_.send(std::move(profile), deadline);
  // A profile costs nothing; the pool is what had to go.
  static_cast<void>(gone);
  co_return Result<void>{};
}

asio::awaitable<Result<StandbyStock>> AciStandby::stock_of(std::string pool_path,
                                                           io::Deadline deadline) {
  ArmRequest request{
      pool_request("GET", pool_path + "/runtimeViews/latest",
                   "reading the stock of " + pool_path.substr(pool_path.rfind('/') + 1))};
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_stock(answer->body);
}

asio::awaitable<Result<std::vector<std::string>>> AciStandby::remove_others(
    std::vector<StandbyOrder> orders, io::Deadline deadline) {
  std::vector<std::string> removed{};
  for (const Scope& scope : scopes(settings_)) {
    std::vector<std::string> kept{};
    for (const StandbyOrder& order : orders) {
      const bool is_here{scope_of(settings_, order.place) == scope && order.ready > 0};
      if (is_here) kept.push_back(standby_name(owner_, order));
    }
    const Result<void> done = co_await remove_in(scope, std::move(kept), removed, deadline);
    if (!done) co_return done.error();
  }
  co_return removed;
}

asio::awaitable<Result<void>> AciStandby::remove_in(Scope scope, std::vector<std::string> kept,
                                                    std::vector<std::string>& removed,
                                                    io::Deadline deadline) {
  const std::string what{"listing standby pools"};
  ArmRequest first{pool_request("GET", pools_path(scope), what)};
  Result<io::HttpResponse> answer = co_await arm_.send(std::move(first), deadline);
  for (int pages{1}; pages <= pool_pages_max; ++pages) {
    if (!answer) co_return std::move(answer).error();
    const Result<PoolPage> page{parse_pool_page(answer->body)};
    if (!page) co_return page.error();
    for (const PoolAnswer& pool : page->pools) {
      const bool is_kept{std::find(kept.begin(), kept.end(), pool.name) != kept.end()};
      if (pool.owner != owner_ || is_kept || pool.is_deleting) continue;
      const Result<void> erased = co_await erase(scope, pool.name, deadline);
      if (!erased) co_return erased.error();
      known_.erase(pool.name);
      removed.push_back(pool.name);
    }
    if (page->next_link.empty()) co_return Result<void>{};
    answer = co_await arm_.follow(page->next_link, what, deadline);
  }
  co_return Error{Errc::too_large, what + ": too many pages"};
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
