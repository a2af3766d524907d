// Services, tasks and nodes of a swarm, as the Docker Engine API lists them (moby api/swagger.yaml,
// v1.41): only what decides something here. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::docker_swarm {

/// What a task asks of a node, or a node has.
struct Resources {
  std::int64_t nano_cpus{0};
  std::int64_t memory_bytes{0};

  bool operator==(const Resources&) const = default;
};

struct Healthcheck {
  std::vector<std::string> test{};  ///< `CMD`, `CMD-SHELL` or `NONE` first; empty: the image's own
  std::int64_t interval_ns{0};
  std::int64_t timeout_ns{0};
  std::int64_t start_period_ns{0};
  int retries{0};
};

struct MountSpec {
  std::string type{};  ///< `bind`, `volume`, `tmpfs`, `npipe`, `cluster`
  std::string source{};
  std::string target{};
};

/// A secret or a config: which one, and the file it becomes.
struct FileReference {
  std::string name{};
  std::string target{};  ///< a name below /run/secrets, or a path
};

/// What one container of a service runs.
struct TaskSpec {
  std::string image{};
  std::vector<std::string> command{};
  std::vector<std::string> args{};
  std::vector<std::string> env{};  ///< `NAME=VALUE`
  std::vector<MountSpec> mounts{};
  std::vector<FileReference> secrets{};
  std::vector<FileReference> configs{};
  std::optional<Healthcheck> healthcheck{};
  Resources limits{};
  Resources reservations{};
  std::vector<std::string> constraints{};
  int replicas_per_node_max{0};  ///< 0: no limit
  std::string restart_condition{};
  std::vector<std::string> networks{};
  /// Fields that change how a container runs and that a container group has no counterpart for,
  /// by their names in the API: only those that are set.
  std::vector<std::string> other{};
};

struct PortSpec {
  int target{0};
  int published{0};
  std::string protocol{"tcp"};
  bool is_host_mode{false};
};

struct Service {
  std::string id{};
  std::string name{};
  std::map<std::string, std::string> labels{};
  bool is_global{false};
  bool is_job{false};
  int replicas{0};  ///< as asked for; not of global services
  TaskSpec task{};
  std::optional<TaskSpec> previous{};  ///< before the update that is under way or went through
  std::vector<PortSpec> ports{};
  std::string update_state{};  ///< `updating`, `paused`, `completed`, `rollback_started`, ...
};

struct Task {
  std::string service_id{};
  std::string node_id{};  ///< empty until it was placed
  int slot{0};            ///< of a global service: 0
  std::string state{};
  std::string desired_state{};
  std::string error{};  ///< `no suitable node (...)` while it finds no place
  Resources reservations{};
  std::vector<int> host_ports{};
};

struct Node {
  std::string id{};
  std::string hostname{};
  std::string role{};
  std::string os{};
  std::string arch{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> engine_labels{};
  bool is_ready{false};
  bool is_active{false};  ///< neither drained nor paused
  Resources resources{};
};

struct Listing {
  std::vector<Service> services{};
  std::vector<Task> tasks{};
  std::vector<Node> nodes{};
};

/// Errors: `malformed`, with the field; an element that cannot be read fails the whole, since a
/// listing with holes would count too few.
Result<std::vector<Service>> parse_services(std::string_view body);
Result<std::vector<Task>> parse_tasks(std::string_view body);
Result<std::vector<Node>> parse_nodes(std::string_view body);

}  // namespace spillway::docker_swarm
