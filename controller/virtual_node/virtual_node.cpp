#include "controller/virtual_node/virtual_node.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/resources.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;
namespace json = boost::json;
using kubernetes::ApiRequest;
using kubernetes::FieldReader;

namespace {

constexpr Duration api_timeout{std::chrono::seconds{10}};
constexpr Duration provider_timeout{std::chrono::seconds{20}};
constexpr std::size_t operations_at_once{32};
/// A refused create is tried again after this: the reason is in the pod's status meanwhile.
constexpr Duration create_pause{std::chrono::seconds{30}};
/// Containers are looked at one group a request, so not each tick.
constexpr Duration look_every{std::chrono::seconds{20}};
/// What a referenced Secret may be old.
constexpr Duration references_age{std::chrono::minutes{10}};

const json::object* spec_of(const BoundPod& pod) {
  FieldReader fields{};
  return fields.object(pod.object.get(), "spec");
}

std::string pod_path(const BoundPod& pod) {
  return kubernetes::object_path(kubernetes::pods(), pod.metadata.name_space, pod.metadata.name);
}

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

/// What the API knows already, after a restart of ours: what is over stays over.
PodPhase phase_of(const BoundPod& pod) {
  FieldReader fields{};
  const std::string phase{fields.text(fields.object(pod.object.get(), "status"), "phase")};
  if (phase == "Failed") return PodPhase::failed;
  if (phase == "Succeeded") return PodPhase::succeeded;
  return PodPhase::pending;
}

bool may_try_elsewhere(Errc code) {
  return code == Errc::no_capacity || code == Errc::quota;
}

}  // namespace

Result<BoundPod> parse_bound_pod(const json::object& object) {
  auto metadata = kubernetes::parse_metadata(object);
  if (!metadata) return metadata.error();
  FieldReader fields{};
  if (fields.object(&object, "spec") == nullptr) fields.expected("an object", "spec");
  if (metadata->uid.empty()) fields.expected("the uid of the pod", "metadata.uid");
  if (fields.mistake()) return *fields.mistake();
  return BoundPod{std::move(*metadata), std::make_shared<const json::object>(object)};
}

std::string group_name(const std::string& node, const std::string& uid) {
  constexpr std::size_t name_max{63};
  const std::size_t room{name_max - std::min(name_max, uid.size() + 1)};
  return node.substr(0, room) + "-" + uid;
}

VirtualNode::VirtualNode(Settings settings, std::unique_ptr<kubernetes::ApiServer> server,
                         Parts parts)
    : settings_{std::move(settings)},
      server_{std::move(server)},
      parts_{std::move(parts)},
      pods_watcher_{
          "pods of " + settings_.name, *server_, parts_.clock, parts_.random,
          kubernetes::WatchState{
              "/api/v1/pods", {{"fieldSelector", "spec.nodeName=" + settings_.name}}, pods_}},
      unplaced_watcher_{
          "pods without a node", *server_, parts_.clock, parts_.random,
          kubernetes::WatchState{"/api/v1/pods", {{"fieldSelector", "spec.nodeName="}}, unplaced_}},
      templates_{*server_, parts_.clock, references_age} {}

VirtualNode::~VirtualNode() = default;

asio::awaitable<void> VirtualNode::run() {
  std::vector<asio::awaitable<void>> runs{};
  runs.push_back(keep_registered());
  runs.push_back(pods_watcher_.run());
  runs.push_back(unplaced_watcher_.run());
  runs.push_back(keep_pods());
  const std::size_t all{runs.size()};
  co_await io::gather(std::move(runs), all);
}

asio::awaitable<Result<void>> VirtualNode::patch(std::string target, std::string body,
                                                 std::string_view type) {
  ApiRequest request{};
  request.method = "PATCH";
  request.target = std::move(target);
  request.body = std::move(body);
  request.content_type = type;
  const auto done =
      co_await server_->call(std::move(request), io::deadline_after(parts_.clock, api_timeout));
  if (!done) co_return done.error();
  co_return Result<void>{};
}

// --- the pods ---------------------------------------------------------------------------------

asio::awaitable<void> VirtualNode::keep_pods() {
  while (true) {
    co_await set_open();
    co_await tick();
    const Result<void> slept =
        co_await parts_.clock.sleep_until(parts_.clock.now() + settings_.interval);
    if (!slept) co_return;
  }
}

std::optional<BoundPod> VirtualNode::pod_of(const std::string& uid) const {
  const auto known = known_.find(uid);
  if (known == known_.end()) return std::nullopt;
  const BoundPod* const pod{pods_.find(known->second.key)};
  if (pod == nullptr || pod->metadata.uid != uid) return std::nullopt;
  return *pod;
}

/// One listing for all groups; what single pods need is done for many at once.
asio::awaitable<void> VirtualNode::tick() {
  const TimePoint now{parts_.clock.now()};
  if (!pods_watcher_.check_fresh(now, std::chrono::seconds{30})) co_return;
  const auto listed =
      co_await parts_.provider.list(io::deadline_after(parts_.clock, provider_timeout));
  // A failed listing is not an empty one, nor is one with holes: nothing is created or removed on
  // it.
  if (!listed || !listed->is_whole()) co_return;
  if (parts_.purse != nullptr) parts_.purse->note(listed->groups, now);
  std::map<std::string, const ProviderGroup*> groups{};
  for (const ProviderGroup& group : listed->groups) groups.emplace(group.id.name, &group);
  for (const auto& [key, pod] : pods_.all()) {
    Known& known{known_[pod.metadata.uid]};
    if (known.key.empty()) {
      known.first_seen = now;
      known.state.phase = phase_of(pod);
    }
    known.key = key;
  }
  std::vector<std::string> uids{};
  for (auto each{known_.begin()}; each != known_.end();) {
    const std::string& uid{each->first};
    const auto group = groups.find(group_name(settings_.name, uid));
    each->second.has_group = group != groups.end();
    if (!pod_of(uid)) {
      each = known_.erase(each);  // its group, if any, is an orphan now
      continue;
    }
    uids.push_back(uid);
    if (group != groups.end()) groups.erase(group);
    ++each;
  }
  std::vector<asio::awaitable<void>> operations{};
  for (const auto& [name, group] : groups) {
    if (group->provisioning != Provisioning::deleting)
      operations.push_back(remove_orphan(group->id));
  }
  for (std::string& uid : uids) operations.push_back(serve(std::move(uid)));
  co_await io::gather(std::move(operations), operations_at_once);
}

asio::awaitable<void> VirtualNode::remove_orphan(GroupId id) {
  const std::string name{id.name};
  const auto removed = co_await parts_.provider.remove(
      std::move(id), io::deadline_after(parts_.clock, provider_timeout));
  io::log_event(io::LogLevel::info, "OrphanRemoved",
                {{"group", name}, {"ok", removed.has_value()}});
}

asio::awaitable<void> VirtualNode::serve(std::string uid) {
  const auto pod = pod_of(uid);
  if (!pod) co_return;
  if (pod->metadata.is_deleting) {
    co_await finish(uid, *pod);
    co_return;
  }
  const Known& known{known_.at(uid)};
  const bool is_over{known.state.phase == PodPhase::failed ||
                     known.state.phase == PodPhase::succeeded};
  if (is_over) {
    // Told before anything else; then nobody pays for it any longer.
    co_await tell(uid, *pod);
    GroupId id{group_name(settings_.name, uid)};
    if (known.has_group) co_await remove_orphan(std::move(id));
    co_return;
  }
  if (known.has_group) {
    co_await look(uid, *pod);
  } else {
    co_await create(uid, *pod);
  }
  co_await tell(uid, *pod);
}

/// Told once in the log, not with each try.
void VirtualNode::refuse(Known& known, std::string_view reason, const std::string& why) {
  if (known.state.reason != reason) {
    io::log_event(io::LogLevel::warning, "PodNotStarted", {{"pod", known.key}, {"error", why}});
  }
  known.state.reason = reason;
  known.state.message = why;
}

asio::awaitable<void> VirtualNode::create(std::string uid, BoundPod pod) {
  Known& known{known_.at(uid)};
  const TimePoint now{parts_.clock.now()};
  if (known.create_again_at && now < *known.create_again_at) co_return;
  if (known.state.started_at) {
    // It ran and vanished without our doing: an eviction, a deletion by somebody.
    known.state.phase = PodPhase::failed;
    known.state.is_ready = false;
    known.state.reason = "GroupVanished";
    co_return;
  }
  known.create_again_at = now + create_pause;
  auto owner = owner_of(pod);
  const auto derived =
      co_await templates_.read(std::move(owner), io::deadline_after(parts_.clock, api_timeout));
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
  const DerivedReplica& described{derived->derived};
  GroupRequest request{};
  request.id.name = group_name(settings_.name, uid);
  request.place = parts_.places.at(known.place % parts_.places.size());
  request.size = {.vcpu = described.vcpu.value_or(1.0),
                  .memory_gb = described.memory_gb.value_or(1.5)};
  if (parts_.purse != nullptr) {
    if (const auto why = parts_.purse->refuses(request.place, request.size, now)) {
      refuse(known, "OverBudget", *why);
      co_return;
    }
  }
  request.replica = described.replica;
  if (described.port) request.replica.port = *described.port;
  known.port = request.replica.port;
  known.probe_path = described.probe_path;
  request.tags = {.owner = parts_.owner,
                  .workload = pod.metadata.name,
                  .template_hash = template_hash(request.replica),
                  .created_at = now};
  const auto created = co_await parts_.provider.create(
      std::move(request), io::deadline_after(parts_.clock, provider_timeout));
  if (created) {
    known.state.reason = "ContainerCreating";
    known.state.message.clear();
    co_return;
  }
  known.state.reason = std::string{to_string(created.error().code)};
  known.state.message = to_string(created.error());
  // The next place at once; after the last one with a pause.
  if (may_try_elsewhere(created.error().code)) {
    ++known.place;
    if (known.place % parts_.places.size() != 0) known.create_again_at = now;
  }
  io::log_event(io::LogLevel::warning, "PodNotStarted",
                {{"pod", known.key}, {"error", created.error()}});
}

asio::awaitable<void> VirtualNode::look(std::string uid, BoundPod pod) {
  Known& known{known_.at(uid)};
  const TimePoint now{parts_.clock.now()};
  const bool is_settled{known.state.phase == PodPhase::running && known.is_probed};
  if (is_settled && known.looked_at && now - *known.looked_at < look_every) co_return;
  GroupId id{group_name(settings_.name, uid)};
  const auto group = co_await parts_.provider.get(
      std::move(id), io::deadline_after(parts_.clock, provider_timeout));
  if (!group) co_return;
  known.looked_at = now;
  if (known.port == 0) {
    // After a restart of ours: what the template says is not remembered.
    auto owner = owner_of(pod);
    const auto derived =
        co_await templates_.read(std::move(owner), io::deadline_after(parts_.clock, api_timeout));
    if (derived) {
      known.port = derived->derived.port.value_or(ReplicaTemplate{}.port);
      known.probe_path = derived->derived.probe_path;
    }
  }
  known.is_probed = false;
  const bool may_serve{group->running == Running::running && !group->ip.empty()};
  if (may_serve) {
    io::ProbeTarget target{};
    target.ip = group->ip;
    target.port = static_cast<std::uint16_t>(known.port);
    target.path = known.probe_path;
    const auto probed = co_await parts_.prober.probe(
        std::move(target), io::deadline_after(parts_.clock, std::chrono::seconds{2}));
    known.is_probed = probed.has_value();
  }
  FieldReader fields{};
  const bool runs_to_completion{fields.text(spec_of(pod), "restartPolicy") == "Never"};
  known.state = state_of(known.state, *group, known.is_probed, runs_to_completion, now);
  const bool is_late{known.state.phase == PodPhase::pending &&
                     now - known.first_seen > settings_.start_limit};
  if (is_late) {
    known.state.phase = PodPhase::failed;
    known.state.reason = "StartedTooLate";
  }
}

/// The API has taken the pod out of every Service when its deletion began. Its group goes when the
/// grace is over, and the pod when the group is gone.
asio::awaitable<void> VirtualNode::finish(std::string uid, BoundPod pod) {
  FieldReader fields{};
  const auto* const metadata = fields.object(pod.object.get(), "metadata");
  const auto ends_at = kubernetes::parse_time(fields.text(metadata, "deletionTimestamp"));
  const bool has_grace{ends_at && parts_.clock.now() < *ends_at};
  if (has_grace && known_.at(uid).has_group) co_return;
  GroupId id{group_name(settings_.name, uid)};
  const auto removed = co_await parts_.provider.remove(
      std::move(id), io::deadline_after(parts_.clock, provider_timeout));
  const bool is_gone{!removed && removed.error().code == Errc::not_found};
  if (!is_gone) co_return;  // asked for; the next look hears that it is gone
  json::object preconditions{};
  preconditions["uid"] = uid;
  json::object options{};
  options["apiVersion"] = "v1";
  options["kind"] = "DeleteOptions";
  options["gracePeriodSeconds"] = 0;
  options["preconditions"] = std::move(preconditions);
  ApiRequest request{};
  request.method = "DELETE";
  request.target = pod_path(pod);
  request.body = json::serialize(options);
  const auto deleted =
      co_await server_->call(std::move(request), io::deadline_after(parts_.clock, api_timeout));
  static_cast<void>(deleted);  // seen by the watch; tried again otherwise
}

asio::awaitable<void> VirtualNode::tell(std::string uid, BoundPod pod) {
  Known& known{known_.at(uid)};
  if (known.told == known.state) co_return;
  const PodState state{known.state};
  std::string body{status_patch(*pod.object, state, parts_.clock.now())};
  const Result<void> told =
      co_await patch(pod_path(pod) + "/status", std::move(body), kubernetes::strategic_patch);
  if (told) known.told = state;
}

}  // namespace spillway::virtual_node
