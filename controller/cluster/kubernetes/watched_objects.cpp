#include "controller/cluster/kubernetes/watched_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kinds_at_once{8};
/// How often a refresh looks whether the watches have their first list.
constexpr Duration sync_poll{std::chrono::milliseconds{50}};
constexpr Duration discovery_timeout{std::chrono::seconds{10}};
constexpr Duration discovery_pause{std::chrono::seconds{2}};

std::string label_key(const std::string& name_space, const std::string& key,
                      const std::string& value) {
  return name_space + '\n' + key + '\n' + value;
}

}  // namespace

WatchedObjects::WatchedObjects(ApiServer& server, io::Clock& clock, io::Random& random,
                               std::string name_space)
    : server_{server}, clock_{clock}, random_{random}, name_space_{std::move(name_space)} {}

template <class T>
void WatchedObjects::open(Kind<T>& kind, const Resource& resource, const std::string& name_space) {
  WatchState state{collection_path(resource, name_space), {}, kind.store};
  kind.watcher = std::make_unique<Watcher>(kind.name, server_, clock_, random_, std::move(state));
}

/// Which of `understood` (best first) the server has of a group; nothing if it has none of them.
asio::awaitable<Result<std::optional<std::string>>> WatchedObjects::version_of(
    std::string group, std::vector<std::string> understood, io::Deadline deadline) {
  ApiRequest request{};
  request.target = "/apis/" + group;
  const auto answer = co_await server_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status == 404) co_return std::optional<std::string>{};
  if (answer->status != 200) co_return error_of_answer("discovering " + group, *answer);
  const auto offered = parse_group_versions(answer->body);
  if (!offered) co_return with_context("discovering " + group, offered.error());
  co_return choose_version(*offered, understood);
}

asio::awaitable<Result<void>> WatchedObjects::discover(io::Deadline deadline) {
  if (is_discovered_) co_return Result<void>{};
  std::vector<std::string> scaling{"v2", "v2beta2", "v1"};
  const auto autoscaling = co_await version_of("autoscaling", std::move(scaling), deadline);
  if (!autoscaling) co_return autoscaling.error();
  std::vector<std::string> disruption{"v1", "v1beta1"};
  const auto policy = co_await version_of("policy", std::move(disruption), deadline);
  if (!policy) co_return policy.error();
  if (is_discovered_) co_return Result<void>{};  // another caller was faster
  open(pods_, pods(), name_space_);
  open(nodes_, kubernetes::nodes(), {});
  open(deployments_, deployments(), name_space_);
  open(stateful_sets_, stateful_sets(), name_space_);
  autoscalers_.is_served = autoscaling->has_value();
  budgets_.is_served = policy->has_value();
  if (autoscalers_.is_served) {
    const Resource resource{
        .group = "autoscaling", .version = **autoscaling, .plural = autoscalers_.name};
    open(autoscalers_, resource, name_space_);
  }
  if (budgets_.is_served) {
    const Resource resource{.group = "policy", .version = **policy, .plural = budgets_.name};
    open(budgets_, resource, name_space_);
  }
  is_discovered_ = true;
  co_return Result<void>{};
}

std::vector<Watcher*> WatchedObjects::watchers() const {
  std::vector<Watcher*> all{};
  for (Watcher* const each :
       {pods_.watcher.get(), nodes_.watcher.get(), deployments_.watcher.get(),
        stateful_sets_.watcher.get(), autoscalers_.watcher.get(), budgets_.watcher.get()}) {
    if (each != nullptr) all.push_back(each);
  }
  return all;
}

/// Those without which nothing is known.
std::array<Watcher*, 3> WatchedObjects::required() const {
  return {pods_.watcher.get(), deployments_.watcher.get(), stateful_sets_.watcher.get()};
}

Result<void> WatchedObjects::check(Duration age) const {
  const TimePoint now{clock_.now()};
  for (const Watcher* const each : required()) {
    auto fresh{each->check_fresh(now, age)};
    if (!fresh) return fresh;
  }
  return {};
}

asio::awaitable<Result<void>> WatchedObjects::refresh(Duration age, io::Deadline deadline) {
  age_ = age;
  if (!is_watching_) {
    const Result<void> discovered = co_await discover(deadline);
    if (!discovered) co_return discovered;
    co_await list_all(deadline);
    for (const Watcher* const each : required()) {
      if (each->trouble()) co_return *each->trouble();
    }
    co_return Result<void>{};
  }
  while (true) {
    const bool has_begun{is_discovered_};
    if (has_begun) {
      const Result<void> fresh{check(age)};
      const auto watched = required();
      const bool is_first{std::any_of(watched.begin(), watched.end(),
                                      [](const Watcher* each) { return !each->is_synced(); })};
      const bool is_failing{std::any_of(watched.begin(), watched.end(), [](const Watcher* each) {
        return each->trouble().has_value();
      })};
      if (fresh || !is_first || is_failing) co_return fresh;
    }
    const TimePoint next{clock_.now() + sync_poll};
    if (next >= deadline.at) {
      co_return Error{Errc::unavailable, server_.where() + ": not listed yet"};
    }
    const Result<void> slept = co_await clock_.sleep_until(next);
    if (!slept) co_return slept;
  }
}

asio::awaitable<void> WatchedObjects::list_one(Watcher& watcher, io::Deadline deadline) {
  // What failed is in its `trouble`: optional kinds may.
  const Result<void> listed = co_await watcher.list(deadline);
  static_cast<void>(listed);
}

asio::awaitable<void> WatchedObjects::list_all(io::Deadline deadline) {
  std::vector<asio::awaitable<void>> lists{};
  for (Watcher* const each : watchers()) lists.push_back(list_one(*each, deadline));
  co_await io::gather(std::move(lists), kinds_at_once);
}

asio::awaitable<void> WatchedObjects::watch() {
  struct Watching {
    bool& flag;
    ~Watching() { flag = false; }
  };
  is_watching_ = true;
  const Watching watching{is_watching_};
  bool has_failed{false};
  while (!is_discovered_) {
    const Result<void> discovered =
        co_await discover(io::deadline_after(clock_, discovery_timeout));
    if (discovered) break;
    if (discovered.error().code == Errc::cancelled) co_return;
    if (!std::exchange(has_failed, true)) {
      io::log_event(io::LogLevel::warning, "ClusterUnreachable",
                    {{"server", server_.where()}, {"error", discovered.error()}});
    }
    const Result<void> slept = co_await clock_.sleep_until(clock_.now() + discovery_pause);
    if (!slept) co_return;
  }
  std::vector<asio::awaitable<void>> runs{};
  for (Watcher* const each : watchers()) runs.push_back(each->run());
  co_await io::gather(std::move(runs), kinds_at_once);
}

const PodOwner* WatchedObjects::owner(const std::optional<OwnerKind>& kind,
                                      const std::string& key) const {
  const PodOwner* found{nullptr};
  if (kind != OwnerKind::stateful_set) found = deployments_.store.find(key);
  if (found == nullptr && kind != OwnerKind::deployment) found = stateful_sets_.store.find(key);
  return found;
}

void WatchedObjects::index_pods() {
  if (pods_indexed_ == pods_.store.revision()) return;
  pods_indexed_ = pods_.store.revision();
  pods_by_label_.clear();
  for (const auto& [key, pod] : pods_.store.all()) {
    for (const auto& [label, value] : pod.metadata.labels) {
      pods_by_label_[label_key(pod.metadata.name_space, label, value)].push_back(&pod);
    }
  }
}

std::vector<const Pod*> WatchedObjects::pods_of(const PodOwner& owner) {
  std::vector<const Pod*> found{};
  const auto take = [&](const Pod& pod) {
    if (matches(owner.selector, pod.metadata.labels)) found.push_back(&pod);
  };
  if (owner.selector.labels.empty()) {
    for (const auto& [key, pod] : pods_.store.all()) {
      if (pod.metadata.name_space == owner.metadata.name_space) take(pod);
    }
    return found;
  }
  index_pods();
  const auto& [label, value] = *owner.selector.labels.begin();
  const auto candidates = pods_by_label_.find(label_key(owner.metadata.name_space, label, value));
  if (candidates == pods_by_label_.end()) return found;
  for (const Pod* const each : candidates->second) take(*each);
  return found;
}

template <class T>
bool WatchedObjects::is_readable(const Kind<T>& kind) const {
  // What was true some time ago is worse than nothing: room that a silent watch still shows would
  // hold the burst back for ever.
  return kind.watcher != nullptr && kind.watcher->check_fresh(clock_.now(), age_);
}

const NodePicture* WatchedObjects::nodes() {
  if (!is_readable(nodes_)) return nullptr;
  const bool is_current{nodes_pictured_ == nodes_.store.revision() &&
                        pods_pictured_ == pods_.store.revision()};
  if (!is_current) {
    nodes_pictured_ = nodes_.store.revision();
    pods_pictured_ = pods_.store.revision();
    node_picture_ = picture_of(nodes_.store.all(), pods_.store.all());
  }
  return &node_picture_;
}

const Autoscaler* WatchedObjects::autoscaler_of(const PodOwner& owner) const {
  if (!is_readable(autoscalers_)) return nullptr;
  for (const auto& [key, each] : autoscalers_.store.all()) {
    if (each.metadata.name_space == owner.metadata.name_space &&
        each.target_name == owner.metadata.name && each.target_kind == to_string(owner.kind)) {
      return &each;
    }
  }
  return nullptr;
}

const DisruptionBudget* WatchedObjects::budget_of(const PodOwner& owner) const {
  if (!is_readable(budgets_) || owner.pod_template == nullptr) return nullptr;
  FieldReader fields{};
  const Labels labels{
      fields.text_map(fields.object(owner.pod_template.get(), "metadata"), "labels")};
  for (const auto& [key, each] : budgets_.store.all()) {
    if (each.metadata.name_space == owner.metadata.name_space && matches(each.selector, labels)) {
      return &each;
    }
  }
  return nullptr;
}

std::vector<std::string> WatchedObjects::blind_spots() const {
  std::vector<std::string> spots{};
  for (const Watcher* const each :
       {nodes_.watcher.get(), autoscalers_.watcher.get(), budgets_.watcher.get()}) {
    if (each != nullptr && each->trouble()) spots.push_back(to_string(*each->trouble()));
  }
  return spots;
}

}  // namespace spillway::kubernetes
