// How one pod is run: its group's create, what a look at it means, and our own probe. The rest of
// VirtualNode is in virtual_node.cpp.
#include <algorithm>
#include <utility>

#include "controller/io/log.hpp"
#include "controller/virtual_node/group_size.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr Duration template_timeout{std::chrono::seconds{10}};
constexpr Duration group_timeout{std::chrono::seconds{20}};
/// A refused create is tried again after this: the reason is in the pod's status meanwhile.
constexpr Duration create_pause{std::chrono::seconds{30}};
/// Ports that one address of a container group publishes.
constexpr std::size_t published_ports_max{5};

/// The pod as a workload of one, so that its template is read as any other.
kubernetes::PodOwner owner_of(const BoundPod& pod) {
  kubernetes::PodOwner owner{};
  owner.metadata = pod.metadata;
  json::object pod_template{};
  pod_template["metadata"] = pod.object->at("metadata");
  pod_template["spec"] = pod.object->at("spec");
  owner.pod_template = std::make_shared<const json::object>(std::move(pod_template));
  return owner;
}

bool may_try_elsewhere(Errc code) {
  return code == Errc::no_capacity || code == Errc::quota;
}

/// Whether our own probe decides. A command runs in the container, where only the platform can.
bool is_asked(const PodShape& shape) {
  return shape.readiness && shape.readiness->by != kubernetes::ProbeBy::command;
}

int probe_port_of(const PodShape& shape) {
  if (shape.readiness && shape.readiness->probe.port > 0) return shape.readiness->probe.port;
  return shape.first_port > 0 ? shape.first_port : ReplicaTemplate{}.port;
}

/// What the probe needs is published beside what the pod publishes, while there is room.
void publish(ReplicaTemplate& replica, const PodShape& shape) {
  const int port{is_asked(shape) ? probe_port_of(shape) : replica.port};
  auto& more{replica.more_ports};
  const bool is_published{port == replica.port || std::ranges::find(more, port) != more.end()};
  if (!is_published && more.size() + 1 < published_ports_max) more.push_back(port);
}

}  // namespace

/// Said once in the log, not with each try.
void VirtualNode::refuse(Known& known, std::string_view reason, const std::string& why) {
  if (known.state.reason != reason) {
    io::log_event(io::LogLevel::warning, "PodNotStarted", {{"pod", known.key}, {"error", why}});
  }
  known.state.reason = reason;
  known.state.message = why;
}

/// It ran, and the listing does not have it: an eviction, a deletion by somebody, or a listing that
/// lags. Work that has begun is not done a second time.
asio::awaitable<void> VirtualNode::find_vanished(std::string uid) {
  Known& known{known_.at(uid)};
  GroupId id{group_name(settings_.name, uid)};
  const auto seen =
      co_await parts_.provider.get(std::move(id), io::deadline_after(parts_.clock, group_timeout));
  const bool is_gone{!seen && seen.error().code == Errc::not_found};
  if (!is_gone) co_return;
  known.is_seen = true;
  known.state.phase = PodPhase::failed;
  known.state.is_ready = false;
  known.state.reason = "GroupVanished";
}

asio::awaitable<void> VirtualNode::create(std::string uid, BoundPod pod) {
  Known& known{known_.at(uid)};
  const TimePoint now{parts_.clock.now()};
  if (known.create_again_at && now < *known.create_again_at) co_return;
  known.is_seen = true;
  known.create_again_at = now + create_pause;
  auto owner = owner_of(pod);
  const auto derived = co_await templates_.read(std::move(owner),
                                                io::deadline_after(parts_.clock, template_timeout));
  if (!derived) {
    known.state.reason = "TemplateUnread";
    known.state.message = to_string(derived.error());
    co_return;
  }
  if (!derived->remarks.blocking.empty()) {
    known.state.reason = "NotSupported";
    known.state.message = derived->remarks.blocking.front();
    co_return;
  }
  DerivedReplica described{derived->derived};
  GroupRequest request{};
  request.id.name = group_name(settings_.name, uid);
  known.place = places_.next(now);
  request.place = parts_.places.at(known.place);
  request.size = take_rounded_size(described);
  if (parts_.purse != nullptr) {
    if (const auto why = parts_.purse->refuses(request.place, request.size, now)) {
      refuse(known, "OverBudget", *why);
      co_return;
    }
  }
  request.replica = std::move(described.replica);
  if (described.port) request.replica.port = *described.port;
  publish(request.replica, known.shape);
  // The platform starts nothing again then, and refuses a probe that would have it do so.
  if (request.replica.restart == RestartPolicy::never) request.replica.liveness.reset();
  request.tags = {.owner = parts_.owner,
                  .workload = pod.metadata.name,
                  .template_hash = template_hash(request.replica),
                  .created_at = now,
                  .cluster = cluster_};
  const auto created = co_await parts_.provider.create(
      std::move(request), io::deadline_after(parts_.clock, group_timeout));
  if (created) {
    known.state.reason = "ContainerCreating";
    known.state.message.clear();
    known.looked_at.reset();
    co_return;
  }
  refuse(known, to_string(created.error().code), to_string(created.error()));
  // The next place at once; when all have refused, with a pause.
  if (may_try_elsewhere(created.error().code)) {
    places_.note_refusal(known.place, now);
    if (places_.has_open(now)) known.create_again_at = now;
  }
}

/// Where the group is: as remembered, or after a restart of ours by what it says itself.
std::size_t VirtualNode::place_of(const Known& known, const ProviderGroup& group) const {
  const auto is_its = [&group](const Place& place) {
    return place.region == group.place.region && place.zone == group.place.zone &&
           place.priority == group.place.priority;
  };
  if (is_its(parts_.places.at(known.place))) return known.place;
  const auto found = std::ranges::find_if(parts_.places, is_its);
  if (found == parts_.places.end()) return known.place;
  return static_cast<std::size_t>(found - parts_.places.begin());
}

asio::awaitable<void> VirtualNode::look(std::string uid) {
  Known& known{known_.at(uid)};
  const TimePoint now{parts_.clock.now()};
  GroupId id{group_name(settings_.name, uid)};
  const auto group =
      co_await parts_.provider.get(std::move(id), io::deadline_after(parts_.clock, group_timeout));
  if (!group) co_return;  // as it was; the next tick looks again
  known.is_seen = true;
  known.looked_at = now;
  const bool was_refused{group->provisioning == Provisioning::failed && group->failed_with &&
                         may_try_elsewhere(*group->failed_with) && !known.state.started_at};
  if (was_refused) {
    // Accepted, and only later found to have no room.
    places_.note_refusal(place_of(known, *group), now);
    if (places_.has_open(now)) {
      refuse(known, to_string(*group->failed_with), group->reason);
      known.create_again_at.reset();
      GroupId refused{group->id};
      co_await remove_group(std::move(refused));
      co_return;
    }
  }
  take_look(known, *group, now);
  const bool is_late{known.state.phase == PodPhase::pending &&
                     now - known.first_seen > settings_.start_limit};
  if (is_late) {
    known.state.phase = PodPhase::failed;
    known.state.reason = "StartedTooLate";
  }
}

void VirtualNode::take_look(Known& known, const ProviderGroup& group, TimePoint now) {
  const auto starts_of = [&known](const PodState& state) {
    const auto main =
        std::ranges::find(state.containers, known.shape.main, &ProviderContainer::name);
    return main == state.containers.end() ? 0 : main->restarts;
  };
  const PodState before{known.state};
  const bool is_probed{!is_asked(known.shape) || known.readiness.is_ready()};
  known.state = state_of(before, group, known.shape, is_probed, now);
  const bool has_started{before.phase == PodPhase::pending || before.ip != known.state.ip ||
                         starts_of(before) != starts_of(known.state)};
  if (has_started && is_asked(known.shape) && known.state.phase == PodPhase::running) {
    known.readiness.begin_anew(now + known.shape.readiness->probe.initial_delay);
    known.state.is_ready = false;
  }
}

/// Asks by itself, as a kubelet does: as often, as patiently and as often in a row as the pod says.
asio::awaitable<void> VirtualNode::probe(std::string uid) {
  Known& known{known_.at(uid)};
  const bool has_to{known.is_seen && known.state.phase == PodPhase::running &&
                    !known.state.ip.empty() && is_asked(known.shape) &&
                    known.readiness.is_due(parts_.clock.now())};
  if (!has_to) co_return;
  const ContainerProbe asked{known.shape.readiness->probe};
  io::ProbeTarget target{};
  target.ip = known.state.ip;
  target.port = static_cast<std::uint16_t>(probe_port_of(known.shape));
  if (known.shape.readiness->by == kubernetes::ProbeBy::http) target.path = asked.path;
  if (asked.is_https) target.scheme = "https";
  target.headers = asked.headers;
  constexpr Duration shortest{std::chrono::seconds{1}};
  const auto probed = co_await parts_.prober.probe(
      std::move(target), io::deadline_after(parts_.clock, std::max(shortest, asked.timeout)));
  known.readiness.note(probed.has_value(), asked, parts_.clock.now());
  known.state.is_ready = takes_traffic(known.state, known.readiness.is_ready());
}

}  // namespace spillway::virtual_node
