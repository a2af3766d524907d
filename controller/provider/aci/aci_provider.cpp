#include "controller/provider/aci/aci_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/group_body.hpp"
#include "controller/provider/aci/operation.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::size_t pages_max{1000};  // pages hold about 100 groups; the quota is thousands
constexpr std::size_t operations_max{10'000};  // more than ever run at once: 300 creates per hour
constexpr int log_lines_max{1000};             // ACI keeps no more of a stopped container

/// The error of a group that Azure accepted and reported as failed in the same breath.
Error failed_at_once(const ProviderGroup& group, std::string_view what) {
  return {group.failed_with.value_or(Errc::unavailable),
          fmt::format("{}: accepted, but already failed: {}", what, group.reason)};
}

/// The write may have been carried out although no success was heard: ARM gives a provider 60 s and
/// then answers 504, connections break, and a running operation may be this very creation.
bool may_have_happened(Errc code) {
  return code == Errc::timeout || code == Errc::unavailable || code == Errc::transitioning;
}

bool is_on_its_way(const ProviderGroup& group) {
  return group.provisioning == Provisioning::pending ||
         group.provisioning == Provisioning::succeeded;
}

Error held_back(std::string_view what, Duration wait) {
  return {Errc::throttled, fmt::format("{}: the rate that ACI allows is used up", what), wait};
}

}  // namespace

AciProvider::AciProvider(ArmClient& arm, io::Clock& clock, AciSettings settings, std::string owner)
    : arm_{arm},
      clock_{clock},
      settings_{std::move(settings)},
      owner_{std::move(owner)},
      creates_{settings_.creates},
      deletes_{settings_.deletes} {
  SPILLWAY_ASSERT(!owner_.empty());
}

asio::awaitable<Result<void>> AciProvider::create(GroupRequest request, io::Deadline deadline) {
  const std::string what{"creating group " + request.id.name};
  if (const Result<void> checked{check_request(request)}; !checked) co_return checked.error();
  if (request.tags.owner != owner_)
    co_return Error{Errc::bad_request, what + ": not our owner tag"};
  const TimePoint now{clock_.now()};
  if (creates_.left(now) == 0) co_return held_back(what, creates_.wait(now));
  if (arm_.pause(settings_.subscription, ArmBucket::writes, now) == Duration::zero())
    creates_.take(now);

  ArmRequest put{};
  put.method = "PUT";
  put.path = group_path(request.id);
  put.body = group_body(request);
  put.what = what;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
  if (!answer && may_have_happened(answer.error().code) && clock_.now() < deadline.at) {
    // The name tells: it was written down before the PUT. Not there yet proves nothing, so then the
    // caller hears the first error and asks again later.
    const Result<ProviderGroup> there = co_await look_at(request.id, deadline);
    const bool is_accepted{there && there->tags == request.tags && is_on_its_way(*there)};
    if (is_accepted) co_return Result<void>{};
  }
  if (!answer) co_return answer.error();
  remember_operation(request.id, answer->headers);
  // The status is Azure's word that it accepted; a body that cannot be read does not undo that.
  const Result<ProviderGroup> group{parse_group(answer->body)};
  const bool has_failed{group && group->provisioning == Provisioning::failed};
  if (has_failed) co_return failed_at_once(*group, what);
  co_return Result<void>{};
}

asio::awaitable<Result<ProviderGroup>> AciProvider::get(GroupId id, io::Deadline deadline) {
  Result<ProviderGroup> group = co_await look_at(id, deadline);
  if (!group) {
    if (group.error().code == Errc::not_found) operations_.erase(id);
    co_return group;
  }
  if (group->provisioning == Provisioning::succeeded) operations_.erase(id);
  if (group->provisioning == Provisioning::failed && !group->failed_with) {
    // Only words are missing: the fact stands without them.
    const Result<void> explained = co_await explain_failure(*group, deadline);
    if (!explained && group->reason.empty()) group->reason = explained.error().context;
  }
  co_return group;
}

asio::awaitable<Result<std::vector<ProviderGroup>>> AciProvider::list(io::Deadline deadline) {
  const std::string what{"listing groups"};
  ArmRequest first{};
  first.path = groups_path();
  first.what = what;
  Result<io::HttpResponse> answer = co_await arm_.send(std::move(first), deadline);
  std::vector<ProviderGroup> ours{};
  for (std::size_t pages{1};; ++pages) {
    if (!answer) co_return std::move(answer).error();
    Result<GroupPage> page{parse_group_page(answer->body)};
    if (!page) co_return std::move(page).error();
    for (ProviderGroup& group : page->groups) {
      if (group.tags.owner != owner_) continue;
      group.place.subscription = settings_.subscription;
      ours.push_back(std::move(group));
    }
    if (page->next_link.empty()) co_return ours;
    if (pages >= pages_max) {
      co_return Error{Errc::too_large, fmt::format("{}: more than {} pages", what, pages_max)};
    }
    answer = co_await arm_.follow(std::move(page->next_link), what, deadline);
  }
}

asio::awaitable<Result<void>> AciProvider::remove(GroupId id, io::Deadline deadline) {
  // Looked at first, each time: a delete of something that is not ours cannot be undone.
  const Result<ProviderGroup> group = co_await look_at(id, deadline);
  if (!group) co_return group.error();
  if (group->provisioning == Provisioning::deleting) co_return Result<void>{};
  const std::string what{"deleting group " + id.name};
  const TimePoint now{clock_.now()};
  if (deletes_.left(now) == 0) co_return held_back(what, deletes_.wait(now));
  if (arm_.pause(settings_.subscription, ArmBucket::deletes, now) == Duration::zero())
    deletes_.take(now);

  ArmRequest erase{};
  erase.method = "DELETE";
  erase.path = group_path(id);
  erase.what = what;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(erase), deadline);
  if (!answer) co_return answer.error();
  operations_.erase(id);
  if (answer->status == 204) co_return Error{Errc::not_found, what + ": it is gone already"};
  co_return Result<void>{};
}

asio::awaitable<Result<std::vector<Usage>>> AciProvider::usages(Place place,
                                                                io::Deadline deadline) {
  ArmRequest request{};
  request.path = fmt::format(
      "/subscriptions/{}/providers/Microsoft.ContainerInstance/locations/{}/usages",
      io::percent_encode(settings_.subscription), io::percent_encode(region_name(place.region)));
  request.what = "reading usages of " + place.region;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_usages(answer->body);
}

asio::awaitable<Result<std::string>> AciProvider::logs(GroupId id, int lines,
                                                       io::Deadline deadline) {
  ArmRequest request{};
  request.path = fmt::format("{}/containers/{}/logs", group_path(id), container_name);
  request.query.emplace_back("tail", std::to_string(std::clamp(lines, 1, log_lines_max)));
  request.what = "reading logs of group " + id.name;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_logs(answer->body);
}

int AciProvider::create_tokens(TimePoint now) const {
  return arm_.pause(settings_.subscription, ArmBucket::writes, now) > Duration::zero()
             ? 0
             : creates_.left(now);
}

asio::awaitable<Result<ProviderGroup>> AciProvider::look_at(GroupId id, io::Deadline deadline) {
  ArmRequest request{};
  request.path = group_path(id);
  request.what = "reading group " + id.name;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  Result<ProviderGroup> group{parse_group(answer->body)};
  if (!group) co_return group;
  if (!equals_ignoring_case(group->id.name, id.name)) {
    co_return Error{Errc::malformed, fmt::format("reading group {}: the answer is about '{}'",
                                                 id.name, io::excerpt(group->id.name, 63))};
  }
  if (group->tags.owner != owner_) {
    co_return Error{Errc::denied, fmt::format("group {} does not carry our owner tag", id.name)};
  }
  group->place.subscription = settings_.subscription;
  co_return group;
}

asio::awaitable<Result<void>> AciProvider::explain_failure(ProviderGroup& group,
                                                           io::Deadline deadline) {
  const auto link = operations_.find(group.id);
  if (link == operations_.end()) co_return Result<void>{};
  const std::string what{"reading the creation of group " + group.id.name};
  const Result<io::HttpResponse> answer = co_await arm_.follow(link->second, what, deadline);
  operations_.erase(group.id);  // asked once; what it says does not change any more
  if (!answer) {
    // At the end of a Location the failure is the answer itself.
    const Errc kind{answer.error().code};
    const bool is_verdict{kind == Errc::no_capacity || kind == Errc::quota ||
                          kind == Errc::registry};
    if (is_verdict) group.failed_with = kind;
    if (is_verdict) group.reason = answer.error().context;
    co_return answer.error();
  }
  Result<OperationReport> report{parse_operation(*answer)};
  if (!report) co_return std::move(report).error();
  if (report->state != OperationState::failed) co_return Result<void>{};
  group.failed_with = kind_of_failure(report->code, report->message);
  group.reason = io::excerpt(report->code + ": " + report->message, 300);
  co_return Result<void>{};
}

void AciProvider::remember_operation(const GroupId& id, const io::Headers& headers) {
  std::string link{operation_link(headers)};
  if (link.empty()) return;
  // The links are words for failures, not facts: losing them all costs nothing but words.
  if (operations_.size() >= operations_max) operations_.clear();
  operations_.insert_or_assign(id, std::move(link));
}

std::string AciProvider::groups_path() const {
  return fmt::format(
      "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerInstance/containerGroups",
      io::percent_encode(settings_.subscription), io::percent_encode(settings_.resource_group));
}

std::string AciProvider::group_path(const GroupId& id) const {
  return groups_path() + "/" + io::percent_encode(id.name);
}

}  // namespace spillway::aci
