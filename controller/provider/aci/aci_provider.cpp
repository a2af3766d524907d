#include "controller/provider/aci/aci_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "controller/io/log.hpp"
#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_answer.hpp"
#include "controller/provider/aci/group_body.hpp"
#include "controller/provider/aci/operation.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

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

/// An answer that says no to this request, and that nothing was made.
bool says_no(Errc code) {
  return code == Errc::no_capacity || code == Errc::quota || code == Errc::bad_request ||
         code == Errc::not_found || code == Errc::denied;
}

bool is_on_its_way(const ProviderGroup& group) {
  return group.provisioning == Provisioning::pending ||
         group.provisioning == Provisioning::repairing ||
         group.provisioning == Provisioning::succeeded;
}

/// What Azure's support asks for when a group is not as it should be: the ids of the request that
/// made or removed it. Failed requests carry theirs in the error.
void log_accepted(std::string_view event, const GroupId& id, const io::HttpResponse& answer) {
  const auto header = [&](std::string_view name) {
    return io::excerpt(answer.headers.find(name).value_or(std::string_view{}), 80);
  };
  io::log_event(io::LogLevel::info, event,
                {{"group", id.name},
                 {"status", answer.status},
                 {"request_id", header("x-ms-request-id")},
                 {"correlation_id", header("x-ms-correlation-request-id")}});
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
      finder_{arm, settings_, owner_} {
  SPILLWAY_ASSERT(!owner_.empty());
}

asio::awaitable<Result<void>> AciProvider::create(GroupRequest request, io::Deadline deadline) {
  const std::string what{"creating group " + request.id.name};
  if (const Result<void> checked{check_request(request)}; !checked) co_return checked.error();
  if (request.tags.owner != owner_)
    co_return Error{Errc::bad_request, what + ": not our owner tag"};
  const Scope scope{scope_of(settings_, request.place)};
  request.replica = in_place(settings_, request.place, std::move(request.replica));
  finder_.remember_home(request.id, scope);
  const std::optional<WarmMember> member{member_for(request)};
  if (member) {
    std::string warm_body{warm_group_body(request, *member)};
    const Result<void> warm = co_await put_group(request, scope, std::move(warm_body), deadline);
    if (warm) {
      unanswered_takes_.erase(request.id);
      co_return warm;
    }
    // Only a plain "no" is followed by a cold create: whatever may have happened is looked up
    // first.
    if (!says_no(warm.error().code)) {
      if (may_have_happened(warm.error().code)) remember_take(request.id, *member);
      co_return warm;
    }
    unanswered_takes_.erase(request.id);
    standby_->found_empty(*member);
  }
  std::string body{group_body(request)};
  co_return co_await put_group(request, scope, std::move(body), deadline);
}

/// The member to take for `request`; nothing: start it cold. A take whose answer was lost is asked
/// for again in the same words. If it was done, a PUT that changes nothing restarts nothing, while
/// a cold one under the same name would make another group of it.
std::optional<WarmMember> AciProvider::member_for(const GroupRequest& request) {
  if (standby_ == nullptr) return std::nullopt;
  if (const auto asked = unanswered_takes_.find(request.id); asked != unanswered_takes_.end()) {
    return asked->second;
  }
  return standby_->take(request);
}

void AciProvider::remember_take(const GroupId& id, const WarmMember& member) {
  // Without the note a repeat starts cold under the same name: late, but never a second group.
  if (unanswered_takes_.size() >= operations_max) unanswered_takes_.clear();
  unanswered_takes_.insert_or_assign(id, member);
}

asio::awaitable<Result<void>> AciProvider::put_group(GroupRequest request, Scope scope,
                                                     std::string body, io::Deadline deadline) {
  const std::string what{"creating group " + request.id.name};
  const TimePoint now{clock_.now()};
  TokenWindow& creates{rate_of(request.place).creates};
  if (creates.left(now) == 0) co_return held_back(what, creates.wait(now));
  const std::string region{region_name(request.place.region)};
  const bool is_sent{arm_.pause(scope.subscription, ArmBucket::writes, now, region) ==
                     Duration::zero()};
  if (is_sent) creates.take(now);

  ArmRequest put{};
  put.method = "PUT";
  put.path = group_path(scope, request.id);
  put.body = std::move(body);
  put.what = what;
  put.region = region;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
  if (!answer && may_have_happened(answer.error().code) && clock_.now() < deadline.at) {
    // The name tells: it was written down before the PUT. Not there yet proves nothing, so then the
    // caller hears the first error and asks again later.
    const Result<SeenGroup> there =
        co_await finder_.look_in(scope, request.id, ArmShare::open, deadline);
    const bool is_accepted{there && there->group.tags == request.tags &&
                           is_on_its_way(there->group)};
    if (is_accepted) co_return Result<void>{};
  }
  if (!answer) co_return answer.error();
  log_accepted("GroupAccepted", request.id, *answer);
  remember_operation(request.id, answer->headers);
  // The status is Azure's word that it accepted; a body that cannot be read does not undo that.
  const Result<ProviderGroup> group{parse_group(answer->body)};
  const bool has_failed{group && group->provisioning == Provisioning::failed};
  if (has_failed) co_return failed_at_once(*group, what);
  co_return Result<void>{};
}

asio::awaitable<Result<ProviderGroup>> AciProvider::get(GroupId id, io::Deadline deadline) {
  const bool is_removed{being_removed_.contains(id)};
  const ArmShare share{is_removed ? ArmShare::half_reserve : ArmShare::open};
  Result<SeenGroup> seen = co_await finder_.look_at(id, share, deadline);
  if (!seen) {
    if (seen.error().code == Errc::not_found) forget(id);
    co_return seen.error();
  }
  ProviderGroup group{std::move(seen->group)};
  unanswered_takes_.erase(id);  // it is there: nobody creates it again
  if (group.provisioning == Provisioning::succeeded) operations_.erase(id);
  if (group.provisioning == Provisioning::failed && !group.failed_with) {
    // Only words are missing: the fact stands without them.
    const Result<void> explained = co_await explain_failure(group, deadline);
    if (!explained && group.reason.empty()) group.reason = explained.error().context;
  }
  co_return group;
}

asio::awaitable<Result<Listing>> AciProvider::list(io::Deadline deadline) {
  co_return co_await finder_.list(deadline);
}

asio::awaitable<Result<void>> AciProvider::remove(GroupId id, io::Deadline deadline) {
  // Looked at first, each time: a delete of something that is not ours cannot be undone.
  const Result<SeenGroup> seen = co_await finder_.look_at(id, ArmShare::whole_reserve, deadline);
  if (!seen && seen.error().code == Errc::not_found) forget(id);
  if (!seen) co_return seen.error();
  const bool is_deleting{seen->group.provisioning == Provisioning::deleting};
  if (is_deleting) remember_removal(id);
  if (is_deleting) co_return Result<void>{};
  const std::string what{"deleting group " + id.name};
  const TimePoint now{clock_.now()};
  const std::string& subscription{seen->scope.subscription};
  TokenWindow& deletes{rate_of(seen->group.place).deletes};
  if (deletes.left(now) == 0) co_return held_back(what, deletes.wait(now));
  const std::string region{region_name(seen->group.place.region)};
  const bool is_sent{arm_.pause(subscription, ArmBucket::deletes, now, region) == Duration::zero()};
  if (is_sent) deletes.take(now);

  ArmRequest erase{};
  erase.method = "DELETE";
  erase.path = group_path(seen->scope, id);
  erase.what = what;
  erase.region = region;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(erase), deadline);
  if (!answer) co_return answer.error();
  log_accepted("RemovalAccepted", id, *answer);
  forget(id);
  if (answer->status != 204) remember_removal(id);
  if (answer->status == 204) co_return Error{Errc::not_found, what + ": it is gone already"};
  co_return Result<void>{};
}

asio::awaitable<Result<std::vector<Usage>>> AciProvider::usages(Place place,
                                                                io::Deadline deadline) {
  ArmRequest request{};
  request.path =
      fmt::format("/subscriptions/{}/providers/Microsoft.ContainerInstance/locations/{}/usages",
                  io::percent_encode(scope_of(settings_, place).subscription),
                  io::percent_encode(region_name(place.region)));
  request.what = "reading usages of " + place.region;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_usages(answer->body);
}

asio::awaitable<Result<std::string>> AciProvider::logs(GroupId id, LogQuery query,
                                                       io::Deadline deadline) {
  const Result<Scope> home = co_await finder_.home_of(id, deadline);
  if (!home) co_return home.error();
  ArmRequest request{};
  request.path = fmt::format("{}/containers/{}/logs", group_path(*home, id),
                             io::percent_encode(query.container));
  request.query.emplace_back("tail", std::to_string(std::clamp(query.lines, 1, log_lines_max)));
  if (query.with_times) request.query.emplace_back("timestamps", "true");
  request.what = "reading logs of group " + id.name;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_logs(answer->body);
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

/// Whether it is gone decides on quotas and on what else may be started: not last in the queue.
void AciProvider::remember_removal(const GroupId& id) {
  // Without the note its outcome is asked for as any other group's state.
  if (being_removed_.size() >= operations_max) being_removed_.clear();
  being_removed_.insert(id);
}

/// What was kept about a group that is gone, or going.
void AciProvider::forget(const GroupId& id) {
  operations_.erase(id);
  being_removed_.erase(id);
}

}  // namespace spillway::aci
