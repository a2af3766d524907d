#include "controller/provider/aci/group_finder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::size_t pages_max{1000};    // pages hold about 100 groups; the quota is thousands
constexpr std::size_t homes_max{10'000};  // more than there ever are: the quota is thousands

std::string groups_path(const Scope& scope) {
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerInstance/containerGroups",
      io::percent_encode(scope.subscription), io::percent_encode(scope.resource_group));
}

}  // namespace

std::string group_path(const Scope& scope, const GroupId& id) {
  return groups_path(scope) + "/" + io::percent_encode(id.name);
}

GroupFinder::GroupFinder(ArmClient& arm, AciSettings settings, std::string owner)
    : arm_{arm},
      settings_{std::move(settings)},
      owner_{std::move(owner)},
      scopes_{scopes(settings_)} {}

asio::awaitable<Result<Listing>> GroupFinder::list(io::Deadline deadline) {
  Listing listing{};
  for (const Scope& scope : scopes_) {
    std::vector<ProviderGroup> ours{};
    const Result<void> listed = co_await list_scope(scope, ours, deadline);
    if (!listed && listed.error().code == Errc::cancelled) co_return listed.error();
    if (listed) {
      std::move(ours.begin(), ours.end(), std::back_inserter(listing.groups));
    } else {
      listing.unlisted.push_back({places_in(scope), listed.error()});
    }
  }
  if (listing.unlisted.size() == scopes_.size()) co_return listing.unlisted.front().error;
  const Result<void> listed = co_await list_former(listing, deadline);
  if (!listed) co_return listed.error();
  co_return listing;
}

/// Where nothing is created any more no place of the settings is unlisted, whatever goes wrong.
asio::awaitable<Result<void>> GroupFinder::list_former(Listing& listing, io::Deadline deadline) {
  if (former_ == nullptr) co_return Result<void>{};
  const std::vector<Scope> former{former_->all()};
  for (const Scope& scope : former) {
    if (auto denial = former_->denial(scope, witness_)) {
      listing.unlisted.push_back({{}, std::move(*denial)});
      continue;
    }
    std::vector<ProviderGroup> ours{};
    const Result<void> listed = co_await list_scope(scope, ours, deadline);
    if (!listed && listed.error().code == Errc::cancelled) co_return listed.error();
    const bool is_known{listed || says_no_resource_group(listed.error())};
    if (!is_known) {
      former_->failed(scope, witness_, listed.error());
      listing.unlisted.push_back({{}, listed.error()});
      continue;
    }
    former_->found(scope, witness_, ours.empty());
    std::move(ours.begin(), ours.end(), std::back_inserter(listing.groups));
  }
  co_return Result<void>{};
}

std::vector<Scope> GroupFinder::all_scopes() const {
  std::vector<Scope> all{scopes_};
  if (former_ == nullptr) return all;
  for (Scope& scope : former_->all()) all.push_back(std::move(scope));
  return all;
}

std::vector<Place> GroupFinder::places_in(const Scope& scope) const {
  std::vector<Place> found{};
  for (Place& place : places(settings_)) {
    if (scope_of(settings_, place) == scope) found.push_back(std::move(place));
  }
  return found;
}

asio::awaitable<Result<void>> GroupFinder::list_scope(Scope scope, std::vector<ProviderGroup>& ours,
                                                      io::Deadline deadline) {
  const std::string what{"listing groups"};
  ArmRequest first{};
  first.path = groups_path(scope);
  first.what = what;
  first.share = ArmShare::whole_reserve;  // without a listing no scale-in is decided on
  Result<io::HttpResponse> answer = co_await arm_.send(std::move(first), deadline);
  for (std::size_t pages{1};; ++pages) {
    if (!answer) co_return std::move(answer).error();
    Result<GroupPage> page{parse_group_page(answer->body)};
    if (!page) co_return std::move(page).error();
    for (const UnreadableGroup& group : page->unreadable) {
      if (group.owner == owner_) co_return with_context(what, group.error);
    }
    for (ProviderGroup& group : page->groups) {
      if (group.tags.owner != owner_) continue;
      group.place.subscription = scope.subscription;
      remember_home(group.id, scope);
      ours.push_back(std::move(group));
    }
    if (page->next_link.empty()) co_return Result<void>{};
    if (pages >= pages_max) {
      co_return Error{Errc::too_large, fmt::format("{}: more than {} pages", what, pages_max)};
    }
    answer =
        co_await arm_.follow(std::move(page->next_link), what, deadline, ArmShare::whole_reserve);
  }
}

asio::awaitable<Result<SeenGroup>> GroupFinder::look_at(GroupId id, ArmShare share,
                                                        io::Deadline deadline) {
  if (const auto home = homes_.find(id); home != homes_.end()) {
    const Scope known{home->second};
    Result<SeenGroup> seen = co_await look_in(known, id, share, deadline);
    const bool is_gone{!seen && seen.error().code == Errc::not_found};
    if (is_gone) homes_.erase(id);
    co_return seen;
  }
  // Nowhere is it only if every scope says so; one that does not answer leaves the others to ask.
  std::optional<Error> not_here{};
  std::optional<Error> not_known{};
  const std::vector<Scope> everywhere{all_scopes()};
  for (const Scope& scope : everywhere) {
    Result<SeenGroup> seen = co_await look_unless_denied(scope, id, share, deadline);
    if (seen || seen.error().code == Errc::cancelled) co_return seen;
    const bool is_not_here{seen.error().code == Errc::not_found};
    std::optional<Error>& heard{is_not_here ? not_here : not_known};
    if (!heard) heard = seen.error();
  }
  if (not_known) co_return *not_known;
  SPILLWAY_ASSERT(not_here.has_value());
  co_return *not_here;
}

/// A former scope that said no a moment ago is not asked about every group again.
asio::awaitable<Result<SeenGroup>> GroupFinder::look_unless_denied(Scope scope, GroupId id,
                                                                   ArmShare share,
                                                                   io::Deadline deadline) {
  if (former_ != nullptr) {
    if (auto denial = former_->denial(scope, witness_)) co_return std::move(*denial);
  }
  co_return co_await look_in(std::move(scope), std::move(id), share, deadline);
}

asio::awaitable<Result<SeenGroup>> GroupFinder::look_in(Scope scope, GroupId id, ArmShare share,
                                                        io::Deadline deadline) {
  ArmRequest request{};
  request.path = group_path(scope, id);
  request.what = "reading group " + id.name;
  request.share = share;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  // In the settings it is a mistake; a former one has gone with all that was in it.
  const bool is_former{std::ranges::find(scopes_, scope) == scopes_.end()};
  if (!answer && is_former && says_no_resource_group(answer.error())) {
    co_return Error{Errc::not_found, answer.error().context};
  }
  if (!answer) co_return answer.error();
  Result<ProviderGroup> group{parse_group(answer->body)};
  if (!group) co_return std::move(group).error();
  if (!equals_ignoring_case(group->id.name, id.name)) {
    co_return Error{Errc::malformed, fmt::format("reading group {}: the answer is about '{}'",
                                                 id.name, io::excerpt(group->id.name, 63))};
  }
  if (group->tags.owner != owner_) {
    co_return Error{Errc::denied, fmt::format("group {} does not carry our owner tag", id.name)};
  }
  group->place.subscription = scope.subscription;
  remember_home(id, scope);
  SeenGroup seen{};
  seen.group = std::move(*group);
  seen.scope = std::move(scope);
  co_return seen;
}

asio::awaitable<Result<Scope>> GroupFinder::home_of(GroupId id, io::Deadline deadline) {
  const bool is_in_doubt{!homes_.contains(id) && all_scopes().size() > 1};
  if (is_in_doubt) {
    const Result<SeenGroup> seen = co_await look_at(id, ArmShare::open, deadline);
    if (!seen) co_return seen.error();
  }
  const auto home = homes_.find(id);
  co_return home == homes_.end() ? scopes_.front() : home->second;
}

void GroupFinder::remember_home(const GroupId& id, const Scope& scope) {
  // Without a home a group is looked for everywhere: losing them costs requests only.
  if (homes_.size() >= homes_max) homes_.clear();
  homes_.insert_or_assign(id, scope);
}

}  // namespace spillway::aci
