#include "controller/virtual_node/virtual_node.hpp"

#include <algorithm>
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
/// Until then the watch may still show the pod as it was before we told.
constexpr Duration watch_lag{std::chrono::seconds{5}};
constexpr Duration ask_cluster_every{std::chrono::minutes{1}};
/// What a referenced Secret may be old.
constexpr Duration references_age{std::chrono::minutes{10}};

// Listings have no containers, so those are looked at one by one: how often depends on what can
// have changed without the listing showing it.
constexpr Duration look_at_provisioning{std::chrono::seconds{10}};
constexpr Duration look_at_unready{std::chrono::seconds{10}};
constexpr Duration look_at_work{std::chrono::seconds{20}};
constexpr Duration look_at_services{std::chrono::minutes{1}};
/// Of groups that are as they should be, so that many pods make no burst of requests.
constexpr std::size_t routine_looks_a_tick{10};

/// Where nothing is created any more, and nobody lets us look, it may stay so: pods go on
/// elsewhere.
bool may_be_seen_later(const Unlisted& hole) {
  return !hole.places.empty() || hole.error.code != Errc::denied;
}

kubernetes::Resource events() {
  return {.plural = "events"};
}

std::string pod_path(const BoundPod& pod) {
  return kubernetes::object_path(kubernetes::pods(), pod.metadata.name_space, pod.metadata.name);
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

bool has_grace(const BoundPod& pod, TimePoint now) {
  FieldReader fields{};
  const auto* const metadata = fields.object(pod.object.get(), "metadata");
  const auto ends_at = kubernetes::parse_time(fields.text(metadata, "deletionTimestamp"));
  return ends_at && now < *ends_at;
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
      pods_{parse_bound_pod,
            [this](const BoundPod& pod) {
              orphans_.note_deleted_pod(group_name(settings_.name, pod.metadata.uid));
            }},
      pods_watcher_{
          "pods of " + settings_.name, *server_, parts_.clock, parts_.random,
          kubernetes::WatchState{
              "/api/v1/pods", {{"fieldSelector", "spec.nodeName=" + settings_.name}}, pods_}},
      unplaced_watcher_{
          "pods without a node", *server_, parts_.clock, parts_.random,
          kubernetes::WatchState{"/api/v1/pods", {{"fieldSelector", "spec.nodeName="}}, unplaced_}},
      templates_{*server_, parts_.clock, references_age},
      places_{parts_.places.size()} {}

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

/// Whose groups are ours: another cluster may use the same owner tag, by a copied configuration or
/// another context of the same kubeconfig. Asked until it is known.
asio::awaitable<void> VirtualNode::learn_cluster() {
  const TimePoint now{parts_.clock.now()};
  const bool is_time{cluster_.empty() && (!ask_cluster_at_ || now >= *ask_cluster_at_)};
  if (!is_time) co_return;
  const bool is_first{!ask_cluster_at_};
  ask_cluster_at_ = now + ask_cluster_every;
  ApiRequest request{};
  request.target = "/api/v1/namespaces/kube-system";
  const auto found =
      co_await server_->call(std::move(request), io::deadline_after(parts_.clock, api_timeout));
  if (found) {
    const auto metadata = kubernetes::parse_metadata(*found);
    if (metadata) cluster_ = metadata->uid;
  } else if (is_first) {
    io::log_event(io::LogLevel::warning, "ClusterUnknown",
                  {{"node", settings_.name},
                   {"error", found.error()},
                   {"effect",
                    "groups without a pod are left alone; rbac-virtual-node.yaml grants "
                    "what is asked"}});
  }
}

/// A pod that is new to us: after a restart of ours it goes on as the API has it.
void VirtualNode::meet(const std::string& key, const BoundPod& pod, TimePoint now) {
  Known& known{known_[pod.metadata.uid]};
  const bool is_new{known.key.empty()};
  known.key = key;
  if (!is_new) return;
  known.first_seen = now;
  known.shape = shape_of(*pod.object);
  known.state = state_in(*pod.object);
  known.readiness = Readiness{known.state.is_ready};
}

/// Who is looked at in this tick: all that may have changed, and of the others the few that were
/// not looked at for longest.
void VirtualNode::share_looks(TimePoint now) {
  std::vector<Known*> routine{};
  for (auto& [uid, known] : known_) {
    const bool is_pending{known.state.phase == PodPhase::pending};
    const bool is_provisioning{known.listed == Provisioning::pending};
    Duration period{known.shape.restart == RestartPolicy::always ? look_at_services : look_at_work};
    if (!known.state.is_ready) period = std::min(period, look_at_unready);
    if (is_pending) period = is_provisioning ? look_at_provisioning : Duration{0};
    const bool is_due{!known.looked_at || now - *known.looked_at >= period};
    const bool is_routine{known.looked_at && known.state.is_ready};
    known.may_look = is_due && !is_routine;
    if (is_due && is_routine) routine.push_back(&known);
  }
  std::ranges::sort(routine, {}, [](const Known* known) { return *known->looked_at; });
  if (routine.size() > routine_looks_a_tick) routine.resize(routine_looks_a_tick);
  for (Known* const known : routine) known->may_look = true;
}

/// One listing for all groups; what single pods need is done for many at once.
asio::awaitable<void> VirtualNode::tick() {
  const TimePoint now{parts_.clock.now()};
  if (!pods_watcher_.check_fresh(now, std::chrono::seconds{30})) co_return;
  end_forwards(now);
  co_await learn_cluster();
  const auto listed =
      co_await parts_.provider.list(io::deadline_after(parts_.clock, provider_timeout));
  // A failed listing is not an empty one, nor is one with holes: nothing is created or removed on
  // it.
  if (!listed || std::ranges::any_of(listed->unlisted, may_be_seen_later)) co_return;
  if (parts_.purse != nullptr) parts_.purse->note(listed->groups, now);
  std::map<std::string, const ProviderGroup*> groups{};
  for (const ProviderGroup& group : listed->groups) groups.emplace(group.id.name, &group);
  for (const auto& [key, pod] : pods_.all()) meet(key, pod, now);
  std::vector<std::string> uids{};
  for (auto each{known_.begin()}; each != known_.end();) {
    const std::string& uid{each->first};
    if (!pod_of(uid)) {
      each = known_.erase(each);  // its group, if any, is an orphan now
      continue;
    }
    Known& known{each->second};
    const auto group = groups.find(group_name(settings_.name, uid));
    known.has_group = group != groups.end();
    if (known.has_group) {
      const ProviderGroup& seen{*group->second};
      const bool has_changed{known.listed != seen.provisioning || known.listed_ip != seen.ip};
      known.listed = seen.provisioning;
      known.listed_ip = seen.ip;
      if (has_changed) known.looked_at.reset();
      groups.erase(group);
    }
    uids.push_back(uid);
    ++each;
  }
  share_looks(now);
  std::vector<const ProviderGroup*> without_pod{};
  without_pod.reserve(groups.size());
  for (const auto& [name, group] : groups) without_pod.push_back(group);
  Orphans::Verdict verdict{orphans_.judge(without_pod, cluster_, now, parts_.reap_after)};
  report_orphans(verdict);
  std::vector<asio::awaitable<void>> operations{};
  for (GroupId& id : verdict.remove) operations.push_back(remove_group(std::move(id)));
  for (std::string& uid : uids) operations.push_back(serve(std::move(uid)));
  co_await io::gather(std::move(operations), operations_at_once);
}

/// Told once in the log, not with each look.
void VirtualNode::report_orphans(const Orphans::Verdict& verdict) {
  const bool is_news{verdict.waiting != reported_.waiting || verdict.foreign != reported_.foreign};
  reported_ = verdict;
  const bool is_worth_it{verdict.waiting > 0 || verdict.foreign > 0};
  if (!is_news || !is_worth_it) return;
  io::log_event(io::LogLevel::warning, "GroupsWithoutPod",
                {{"node", settings_.name},
                 {"waiting", verdict.waiting},
                 {"of_other_clusters", verdict.foreign}});
}

asio::awaitable<void> VirtualNode::remove_group(GroupId id) {
  const std::string name{id.name};
  const auto removed = co_await parts_.provider.remove(
      std::move(id), io::deadline_after(parts_.clock, provider_timeout));
  io::log_event(io::LogLevel::info, "GroupRemoved", {{"group", name}, {"ok", removed.has_value()}});
}

asio::awaitable<void> VirtualNode::serve(std::string uid) {
  const auto pod = pod_of(uid);
  if (!pod) co_return;
  if (pod->metadata.is_deleting) {
    co_await finish(uid, *pod);
    co_return;
  }
  Known& known{known_.at(uid)};
  const bool is_leaving{known.has_group && known.listed == Provisioning::deleting};
  if (is_over(known.state)) {
    co_await tell(uid, *pod);
    // Not before the API knows: after a crash of ours the work would be done again.
    GroupId id{group_name(settings_.name, uid)};
    if (known.is_told && known.has_group && !is_leaving) co_await remove_group(std::move(id));
    co_return;
  }
  if (known.has_group && !is_leaving) {
    if (known.may_look) co_await look(uid);
    co_await probe(uid);
  } else if (!known.has_group && known.state.started_at) {
    co_await find_vanished(uid);
  } else if (!known.has_group) {
    co_await create(uid, *pod);
  }
  co_await tell(uid, *pod);
}

/// The API has taken the pod out of every Service when its deletion began. Its group goes when the
/// grace is over, and the pod when the group is gone.
asio::awaitable<void> VirtualNode::finish(std::string uid, BoundPod pod) {
  if (has_grace(pod, parts_.clock.now()) && known_.at(uid).has_group) co_return;
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

/// Compared with what the API says, not with what it was told: others write there, too. The node
/// lifecycle controller takes `Ready` away from the pods of a node that was not heard of, and
/// nobody else gives it back.
asio::awaitable<void> VirtualNode::tell(std::string uid, BoundPod pod) {
  Known& known{known_.at(uid)};
  if (!known.is_seen && !is_over(known.state)) co_return;
  const TimePoint now{parts_.clock.now()};
  const PodState state{known.state};
  auto body = status_patch(*pod.object, state, now);
  known.is_told = !body;
  if (!body) co_return;
  if (known.told == state && now - known.told_at < watch_lag) {
    known.is_told = true;
    co_return;
  }
  const Result<void> told =
      co_await patch(pod_path(pod) + "/status", std::move(*body), kubernetes::strategic_patch);
  if (!told) co_return;
  known.told = state;
  known.told_at = now;
  known.is_told = true;
  const auto event = event_of(state_in(*pod.object), state, group_name(settings_.name, uid));
  if (event) co_await tell_event(pod, *event);
}

/// For people who describe the pod; nothing depends on it.
asio::awaitable<void> VirtualNode::tell_event(BoundPod pod, PodEvent event) {
  ApiRequest request{};
  request.method = "POST";
  request.target = kubernetes::collection_path(events(), pod.metadata.name_space);
  request.body = event_body(pod.metadata, event, settings_.name, parts_.clock.now());
  const auto told =
      co_await server_->call(std::move(request), io::deadline_after(parts_.clock, api_timeout));
  const bool is_news{!told && told.error().code == Errc::denied && !are_events_denied_};
  if (!is_news) co_return;
  are_events_denied_ = true;
  io::log_event(io::LogLevel::warning, "EventsDenied",
                {{"node", settings_.name},
                 {"error", told.error()},
                 {"effect", "kubectl describe pod shows none; rbac-virtual-node.yaml grants it"}});
}

}  // namespace spillway::virtual_node
