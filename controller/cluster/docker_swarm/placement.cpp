#include "controller/cluster/docker_swarm/placement.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace spillway::docker_swarm {

namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin{text.find_first_not_of(" \t")};
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string> label_of(const std::map<std::string, std::string>& labels,
                                    std::string_view name) {
  const auto found{labels.find(std::string{name})};
  return found == labels.end() ? std::string{} : found->second;
}

/// The value that a constraint compares; nothing for a key that Swarm does not know. A label that
/// a node does not have compares as empty.
std::optional<std::string> value_of(std::string_view key, const Node& node) {
  constexpr std::string_view node_label{"node.labels."};
  constexpr std::string_view engine_label{"engine.labels."};
  if (key == "node.id") return node.id;
  if (key == "node.hostname") return node.hostname;
  if (key == "node.role") return node.role;
  if (key == "node.platform.os") return node.os;
  if (key == "node.platform.arch") return node.arch;
  if (key.starts_with(node_label)) return label_of(node.labels, key.substr(node_label.size()));
  if (key.starts_with(engine_label)) {
    return label_of(node.engine_labels, key.substr(engine_label.size()));
  }
  return std::nullopt;
}

/// True while a task takes up room on its node.
bool holds_room(const Task& task) {
  const bool is_wanted{task.desired_state == "running" || task.desired_state == "ready"};
  return is_wanted && !task.node_id.empty();
}

struct Load {
  Resources reserved{};
  int tasks_of_service{0};
  std::vector<int> ports{};
};

Load load_of(const Node& node, const Service& service, const Listing& listing) {
  Load load{};
  for (const Task& task : listing.tasks) {
    if (task.node_id != node.id || !holds_room(task)) continue;
    load.reserved.nano_cpus += task.reservations.nano_cpus;
    load.reserved.memory_bytes += task.reservations.memory_bytes;
    load.ports.insert(load.ports.end(), task.host_ports.begin(), task.host_ports.end());
    if (task.service_id == service.id) ++load.tasks_of_service;
  }
  return load;
}

int fitting_on(const Node& node, const Service& service, const Listing& listing, int wanted) {
  const Load load{load_of(node, service, listing)};
  const auto fits{[&](std::int64_t has, std::int64_t taken, std::int64_t each) {
    if (each <= 0) return wanted;
    return static_cast<int>(std::clamp<std::int64_t>((has - taken) / each, 0, wanted));
  }};
  const Resources& asks{service.task.reservations};
  int room{
      std::min(fits(node.resources.nano_cpus, load.reserved.nano_cpus, asks.nano_cpus),
               fits(node.resources.memory_bytes, load.reserved.memory_bytes, asks.memory_bytes))};
  const int most{service.task.replicas_per_node_max};
  if (most > 0) room = std::min(room, std::max(0, most - load.tasks_of_service));
  for (const PortSpec& port : service.ports) {
    if (!port.is_host_mode || port.published == 0) continue;
    const bool is_taken{std::ranges::find(load.ports, port.published) != load.ports.end()};
    room = std::min(room, is_taken ? 0 : 1);
  }
  return room;
}

}  // namespace

bool holds(std::string_view constraint, const Node& node) {
  const auto at{constraint.find_first_of("=!")};
  if (at == constraint.npos || at + 1 >= constraint.size() || constraint[at + 1] != '=') {
    return false;
  }
  const auto value{value_of(trimmed(constraint.substr(0, at)), node)};
  if (!value) return false;
  const bool is_equal{equals_ignoring_case(*value, trimmed(constraint.substr(at + 2)))};
  return constraint[at] == '=' ? is_equal : !is_equal;
}

bool suits(const TaskSpec& task, const Node& node) {
  return std::ranges::all_of(
      task.constraints, [&](const std::string& constraint) { return holds(constraint, node); });
}

int fitting(const Service& service, const Listing& listing, int wanted) {
  int room{0};
  for (const Node& node : listing.nodes) {
    if (room >= wanted) break;
    if (!node.is_ready || !node.is_active || !suits(service.task, node)) continue;
    room += fitting_on(node, service, listing, wanted - room);
  }
  return room;
}

}  // namespace spillway::docker_swarm
