#include "controller/cluster/docker_swarm/pool.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "controller/cluster/docker_swarm/placement.hpp"

namespace spillway::docker_swarm {

namespace {

/// Swarm's states on the way to `running`, once a node was found.
bool is_on_its_way(std::string_view state) {
  static constexpr std::array<std::string_view, 5> states{"assigned", "accepted", "preparing",
                                                          "ready", "starting"};
  return std::ranges::find(states, state) != states.end();
}

bool is_unplaced(std::string_view state) {
  return state == "new" || state == "allocated" || state == "pending";
}

int replicas_max(const Service& service) {
  const auto label{service.labels.find(std::string{replicas_max_label})};
  if (label == service.labels.end()) return 0;
  const std::string& text{label->second};
  int most{0};
  const auto parsed{std::from_chars(text.data(), text.data() + text.size(), most)};
  const bool is_number{parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()};
  return is_number ? std::clamp(most, 0, 1'000'000) : 0;
}

/// A replica is a slot, or in a global service a node: an update that starts the new task first has
/// two of them in one slot for a while.
std::string replica_of(const Task& task) {
  return task.slot > 0 ? std::to_string(task.slot) : task.node_id;
}

}  // namespace

Swarm::Swarm(Listing listing) : listing_{std::move(listing)} {
  for (std::size_t i{0}; i < listing_.services.size(); ++i) {
    services_.emplace(listing_.services[i].name, i);
    services_.emplace(listing_.services[i].id, i);
  }
  for (const Task& task : listing_.tasks) tasks_[task.service_id].push_back(&task);
  for (const Node& node : listing_.nodes) nodes_.emplace(node.id, &node);
}

const Service* Swarm::find(std::string_view service) const {
  const auto found{services_.find(service)};
  return found == services_.end() ? nullptr : &listing_.services[found->second];
}

BasePool Swarm::pool(const Service& service) const {
  BasePool pool{};
  std::set<std::string> running{};
  std::set<std::string> starting{};
  int pending{0};
  if (const auto tasks{tasks_.find(service.id)}; tasks != tasks_.end()) {
    for (const Task* task : tasks->second) {
      if (task->desired_state != "running" && task->desired_state != "ready") continue;
      if (is_unplaced(task->state)) {
        // Without an error the scheduler has not looked at it yet, which takes milliseconds.
        if (task->error.empty()) {
          starting.insert(replica_of(*task));
        } else {
          ++pending;
        }
        continue;
      }
      const auto node{nodes_.find(task->node_id)};
      if (node == nodes_.end() || !node->second->is_ready) continue;
      if (task->state == "running") running.insert(replica_of(*task));
      if (is_on_its_way(task->state)) starting.insert(replica_of(*task));
    }
  }
  for (const std::string& replica : running) starting.erase(replica);
  for (const Node& node : listing_.nodes) {
    if (!suits(service.task, node)) continue;
    ++(node.is_ready && node.is_active ? pool.nodes_up : pool.nodes_down);
  }
  const int desired{service.is_global ? pool.nodes_up : service.replicas};
  pool.ready.count = static_cast<int>(running.size());
  pool.starting.count = static_cast<int>(starting.size());
  pool.pending.count = pending;
  pool.desired.count = desired;
  pool.is_rolling = is_rolling(service);
  const int missing{replicas_max(service) - desired};
  if (missing > 0 && pending == 0) pool.room.count = fitting(service, listing_, missing);
  return pool;
}

bool Swarm::is_rolling(const Service& service) {
  static constexpr std::array<std::string_view, 4> under_way{"updating", "paused",
                                                             "rollback_started", "rollback_paused"};
  return std::ranges::find(under_way, service.update_state) != under_way.end();
}

const TaskSpec& Swarm::settled_task(const Service& service) {
  // A rollback has already put the old specification back.
  const bool goes_forward{service.update_state == "updating" || service.update_state == "paused"};
  return goes_forward && service.previous ? *service.previous : service.task;
}

}  // namespace spillway::docker_swarm
