#include "tests/support/fake_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace spillway::testing {

namespace asio = boost::asio;

namespace {

constexpr Duration token_window{std::chrono::minutes{5}};

std::string_view word_of(FakeProvider::Call call) {
  switch (call) {
    case FakeProvider::Call::create:
      return "create";
    case FakeProvider::Call::get:
      return "get";
    case FakeProvider::Call::list:
      return "list";
    case FakeProvider::Call::remove:
      return "remove";
    case FakeProvider::Call::usages:
      return "usages";
    case FakeProvider::Call::logs:
      return "logs";
  }
  return "";
}

std::ptrdiff_t count_within_window(const std::vector<TimePoint>& times, TimePoint now) {
  return std::count_if(times.begin(), times.end(),
                       [&](TimePoint at) { return at > now - token_window; });
}

/// The oldest entry that still counts leaves the window then.
Duration until_a_token(const std::vector<TimePoint>& times, TimePoint now) {
  const auto oldest = std::find_if(times.begin(), times.end(),
                                   [&](TimePoint at) { return at > now - token_window; });
  return oldest == times.end() ? Duration::zero() : *oldest + token_window - now;
}

bool is_valid_name(std::string_view name) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !name.empty() && name.size() <= 63 && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), is_legal);
}

std::string last_lines(std::string_view text, int lines) {
  std::size_t begin{text.size()};
  for (int found{0}; begin > 0; --begin) {
    if (text[begin - 1] == '\n' && begin != text.size() && ++found == lines) break;
  }
  return std::string{text.substr(begin)};
}

}  // namespace

FakeProvider::FakeProvider(io::Clock& clock, FakeCloud how)
    : behaviour{std::move(how)}, clock_{clock} {}

// --- the contract -------------------------------------------------------------------------------

asio::awaitable<Result<void>> FakeProvider::create(GroupRequest request, io::Deadline deadline) {
  const Weather weather{begin(Call::create, request.id.name, deadline)};
  Result<void> outcome{};
  if (!weather.error) outcome = accept(std::move(request));
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

asio::awaitable<Result<ProviderGroup>> FakeProvider::get(GroupId id, io::Deadline deadline) {
  const Weather weather{begin(Call::get, id.name, deadline)};
  Result<ProviderGroup> outcome{look_at(id.name)};
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

asio::awaitable<Result<Listing>> FakeProvider::list(io::Deadline deadline) {
  const Weather weather{begin(Call::list, "", deadline)};
  Listing seen{.groups = listing()};
  for (const auto& entry : behaviour.unlisted_places) {
    std::erase_if(seen.groups, [&](const auto& group) { return group.place == entry.first; });
    const bool is_former{entry.first == Place{}};
    seen.unlisted.push_back(
        {is_former ? std::vector<Place>{} : std::vector{entry.first}, entry.second});
  }
  Result<Listing> outcome{std::move(seen)};
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

asio::awaitable<Result<void>> FakeProvider::remove(GroupId id, io::Deadline deadline) {
  const Weather weather{begin(Call::remove, id.name, deadline)};
  Result<void> outcome{};
  if (!weather.error) outcome = start_removal(id.name);
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

asio::awaitable<Result<std::vector<Usage>>> FakeProvider::usages(Place place,
                                                                 io::Deadline deadline) {
  const Weather weather{begin(Call::usages, place.region, deadline)};
  std::vector<Usage> rows{};
  rows.push_back({"ContainerGroups", groups_in(place.region), behaviour.groups_per_region,
                  Usage::What::groups});
  rows.push_back({"StandardCores", static_cast<int>(std::ceil(cores_in(place.region))),
                  static_cast<int>(behaviour.cores_per_region), Usage::What::cores});
  Result<std::vector<Usage>> outcome{std::move(rows)};
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

asio::awaitable<Result<std::string>> FakeProvider::logs(GroupId id, LogQuery query,
                                                        io::Deadline deadline) {
  const Weather weather{begin(Call::logs, id.name, deadline)};
  Result<std::string> outcome{std::string{}};
  if (const Result<ProviderGroup> seen{look_at(id.name)}; !seen) {
    outcome = seen.error();
  } else {
    const FakeGroup& group{*find(id.name)};
    const bool is_main{query.container == main_container_name};
    const auto beside = group.logs_beside.find(query.container);
    if (!is_main && beside == group.logs_beside.end()) {
      outcome = Error{Errc::not_found, "no container " + query.container};
    } else {
      std::string text{last_lines(is_main ? group.log : beside->second, query.lines)};
      if (query.with_times) text = "2026-11-23T12:00:00Z " + text;
      outcome = std::move(text);
    }
  }
  co_return co_await deliver(weather, std::move(outcome), deadline);
}

int FakeProvider::create_tokens_in(const Place& place, TimePoint now) const {
  return behaviour.spent_regions.contains(place.region) ? 0 : create_tokens(now);
}

int FakeProvider::create_tokens(TimePoint now) const {
  const auto used = static_cast<int>(count_within_window(creates_, now));
  return std::max(0, behaviour.creates_per_5_minutes - used);
}

// --- how the cloud works ------------------------------------------------------------------------

FakeProvider::Weather FakeProvider::begin(Call call, std::string_view name, io::Deadline deadline) {
  calls.push_back(name.empty() ? std::string{word_of(call)}
                               : fmt::format("{} {}", word_of(call), name));
  settle();
  if (clock_.now() >= deadline.at) return {Error{Errc::timeout, calls.back()}, false};
  if (behaviour.outage) return {behaviour.outage, false};
  std::deque<Weather>& queue{weather_[call]};
  if (queue.empty()) return {};
  Weather next{std::move(queue.front())};
  queue.pop_front();
  return next;
}

template <class T>
asio::awaitable<Result<T>> FakeProvider::deliver(Weather weather, Result<T> outcome,
                                                 io::Deadline deadline) {
  TimePoint answered_at{clock_.now() + behaviour.answer_time};
  if (weather.is_answer_lost) answered_at = TimePoint::max();
  const bool is_late{answered_at > deadline.at};
  const Result<void> slept = co_await clock_.sleep_until(std::min(answered_at, deadline.at));
  if (!slept) co_return slept.error();
  if (is_late) co_return Error{Errc::timeout, "no answer before the deadline"};
  if (weather.error) co_return std::move(*weather.error);
  co_return outcome;
}

Result<void> FakeProvider::accept(GroupRequest request) {
  const TimePoint now{clock_.now()};
  if (const auto found = world_.find(request.id.name); found != world_.end()) {
    const FakeGroup& group{found->second};
    if (group.request.tags.owner != behaviour.owner) {
      return Error{Errc::denied, "the name belongs to a group that is not ours"};
    }
    if (group.deleted_at) return Error{Errc::transitioning, "the group is being deleted"};
    return {};
  }
  // A member of a standby pool runs already: there is room for it.
  const bool is_warm{takes_warm && takes_warm(request)};
  auto refused{is_warm ? std::nullopt : refusal(request)};
  if (refused) return std::move(*refused);
  creates_.push_back(now);

  Duration start_time{behaviour.start_time};
  if (!next_start_times_.empty()) {
    start_time = next_start_times_.front();
    next_start_times_.pop_front();
  }
  FakeGroup group{};
  group.is_warm = is_warm;
  if (is_warm) start_time = std::min<Duration>(start_time, std::chrono::seconds{2});
  group.accepted_at = now;
  group.billed_from = group.pulled_at = now + std::min(behaviour.pull_after, start_time);
  if (!is_next_create_stuck_) group.provisioned_at = now + start_time;
  is_next_create_stuck_ = false;
  if (!next_start_failures_.empty()) {
    std::tie(group.failure, group.failed_with) = std::move(next_start_failures_.front());
    next_start_failures_.pop_front();
    // What fails before it has a node never pulls its image.
    const bool never_pulls{behaviour.pull_after > start_time};
    if (never_pulls) group.billed_from = group.pulled_at = TimePoint::max();
  }
  group.ip = fmt::format("10.1.{}.{}", addresses_given_ / 250, addresses_given_ % 250 + 1);
  ++addresses_given_;
  std::string name{request.id.name};
  group.request = std::move(request);
  world_.emplace(std::move(name), std::move(group));
  return {};
}

std::optional<Error> FakeProvider::refusal(const GroupRequest& request) const {
  const std::string& region{request.place.region};
  const TimePoint now{clock_.now()};
  if (!is_valid_name(request.id.name)) {
    return Error{Errc::bad_request, "invalid name " + request.id.name};
  }
  if (request.size.vcpu <= 0.0 || request.size.memory_gb <= 0.0) {
    return Error{Errc::bad_request, "vcpu and memory must be above 0"};
  }
  if (count_within_window(creates_, now) >= behaviour.creates_per_5_minutes) {
    return Error{Errc::throttled, "creates per 5 minutes", until_a_token(creates_, now)};
  }
  if (behaviour.spent_regions.contains(region)) {
    return Error{Errc::throttled, "creates per hour in " + region, std::chrono::hours{1}};
  }
  if (const auto found = behaviour.refusing_regions.find(region);
      found != behaviour.refusing_regions.end()) {
    return found->second;
  }
  if (groups_in(region) >= behaviour.groups_per_region ||
      cores_in(region) + request.size.vcpu > behaviour.cores_per_region) {
    return Error{Errc::quota, fmt::format("quota exceeded in region {}", region)};
  }
  double cores{request.size.vcpu};
  for (const auto& [name, group] : world_) cores += group.request.size.vcpu;
  if (behaviour.capacity_cores && cores > *behaviour.capacity_cores) {
    return Error{Errc::no_capacity, "no room in " + region};
  }
  return std::nullopt;
}

Result<void> FakeProvider::start_removal(std::string_view name) {
  const TimePoint now{clock_.now()};
  const auto found = world_.find(name);
  if (found == world_.end()) return Error{Errc::not_found, "no group " + std::string{name}};
  FakeGroup& group{found->second};
  if (group.request.tags.owner != behaviour.owner) {
    return Error{Errc::denied, "not ours: " + std::string{name}};
  }
  if (group.deleted_at) return {};
  if (behaviour.refusing_removals) return *behaviour.refusing_removals;
  if (count_within_window(deletes_, now) >= behaviour.deletes_per_5_minutes) {
    return Error{Errc::throttled, "deletes per 5 minutes", until_a_token(deletes_, now)};
  }
  const bool is_being_created{!group.provisioned_at || now < *group.provisioned_at};
  if (is_being_created && behaviour.delete_during_create == DeleteDuringCreate::refused) {
    return Error{Errc::transitioning, "the group is still being created"};
  }
  deletes_.push_back(now);
  if (is_being_created && behaviour.delete_during_create == DeleteDuringCreate::forgotten) {
    return {};
  }
  group.deleted_at = now;
  if (!is_next_remove_stuck_) group.gone_at = now + behaviour.remove_time;
  is_next_remove_stuck_ = false;
  return {};
}

Result<ProviderGroup> FakeProvider::look_at(std::string_view name) {
  const FakeGroup* const group{find(name)};
  if (group == nullptr || clock_.now() < group->accepted_at + behaviour.visible_after) {
    return Error{Errc::not_found, "no group " + std::string{name}};
  }
  if (group->request.tags.owner != behaviour.owner) {
    return Error{Errc::denied, "not ours: " + std::string{name}};
  }
  return describe(*group, true);
}

std::vector<ProviderGroup> FakeProvider::listing() const {
  const TimePoint seen_at{clock_.now() - behaviour.listing_lag};
  std::vector<ProviderGroup> found{};
  const auto add = [&](const FakeGroup& group) {
    const bool is_ours{group.request.tags.owner == behaviour.owner};
    const bool is_shown{group.accepted_at <= seen_at &&
                        (!group.gone_at || *group.gone_at > seen_at)};
    if (is_ours && is_shown) found.push_back(describe(group, false));
  };
  for (const auto& [name, group] : world_) add(group);
  for (const FakeGroup& group : gone_) add(group);
  return found;
}

std::vector<ProviderContainer> FakeProvider::containers_of(const FakeGroup& group,
                                                           Running state) const {
  ProviderContainer main{.name = "replica", .state = state, .restarts = group.restarts};
  if (state != Running::waiting) main.started_at = group.provisioned_at;
  if (state == Running::ended) {
    main.ended_at = group.ended_at;
    main.exit_code = group.exit_code;
  }
  std::vector<ProviderContainer> all{main};
  for (const Sidecar& each : group.request.replica.sidecars) {
    ProviderContainer beside{main};
    beside.name = each.name;
    if (beside.exit_code) beside.exit_code = 0;
    all.push_back(std::move(beside));
  }
  return all;
}

ProviderGroup FakeProvider::describe(const FakeGroup& group, bool with_containers) const {
  const TimePoint now{clock_.now()};
  ProviderGroup seen{.id = group.request.id,
                     .place = group.request.place,
                     .size = group.request.size,
                     .tags = group.request.tags,
                     .restarts = with_containers ? group.restarts : 0};
  const bool is_provisioned{group.provisioned_at && *group.provisioned_at <= now};
  if (group.deleted_at) {
    seen.provisioning = Provisioning::deleting;
  } else if (!is_provisioned) {
    seen.provisioning = group.is_repairing ? Provisioning::repairing : Provisioning::pending;
  } else {
    seen.provisioning = group.failure.empty() ? Provisioning::succeeded : Provisioning::failed;
    if (seen.provisioning == Provisioning::failed) {
      seen.reason = group.failure;
      seen.failed_with = group.failed_with;
    }
  }
  seen.has_address = group.request.place.priority != Priority::spot;
  if (group.billed_from <= now && group.failure.empty() && seen.has_address) seen.ip = group.ip;
  seen.is_warm = group.is_warm;
  if (!with_containers) return seen;
  if (group.pulled_at <= now) seen.billed_since = group.pulled_at;
  seen.was_evicted = group.was_evicted;
  seen.running = Running::waiting;
  if (is_provisioned && group.failure.empty()) {
    seen.running = group.ended_at ? Running::ended : Running::running;
    seen.ended_at = group.ended_at;
  }
  seen.containers = containers_of(group, seen.running);
  return seen;
}

double FakeProvider::cores_in(std::string_view region) const {
  double cores{0.0};
  for (const auto& [name, group] : world_) {
    if (group.request.place.region == region) cores += group.request.size.vcpu;
  }
  return cores;
}

int FakeProvider::groups_in(std::string_view region) const {
  return static_cast<int>(std::count_if(world_.begin(), world_.end(), [&](const auto& entry) {
    return entry.second.request.place.region == region;
  }));
}

void FakeProvider::settle() {
  const TimePoint now{clock_.now()};
  for (auto entry = world_.begin(); entry != world_.end();) {
    if (entry->second.gone_at && *entry->second.gone_at <= now) {
      gone_.push_back(std::move(entry->second));
      entry = world_.erase(entry);
    } else {
      ++entry;
    }
  }
}

FakeGroup& FakeProvider::existing(std::string_view name) {
  settle();
  const auto found = world_.find(name);
  SPILLWAY_ASSERT(found != world_.end());
  return found->second;
}

}  // namespace spillway::testing
