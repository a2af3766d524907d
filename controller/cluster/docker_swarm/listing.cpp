#include "controller/cluster/docker_swarm/listing.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "controller/io/json_fields.hpp"

namespace spillway::docker_swarm {

namespace json = boost::json;

namespace {

using io::FieldReader;

Resources resources(FieldReader& fields, const json::object& from, std::string_view key) {
  const auto* const object{fields.object(from, key)};
  if (object == nullptr) return {};
  return {.nano_cpus = std::max<std::int64_t>(0, fields.whole(*object, "NanoCPUs")),
          .memory_bytes = std::max<std::int64_t>(0, fields.whole(*object, "MemoryBytes"))};
}

/// Set, and not to what it is without being set.
bool says_something(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !value->get_string().empty();
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return true;
}

void read_files(FieldReader& fields, const json::object& container, std::string_view key,
                std::string_view name_key, std::vector<FileReference>& files) {
  fields.each(container, key, [&](const json::object& reference) {
    FileReference file{.name = fields.text(reference, name_key)};
    if (const auto* target = fields.object(reference, "File")) {
      file.target = fields.text(*target, "Name");
    }
    if (file.target.empty()) file.target = file.name;
    files.push_back(std::move(file));
  });
}

void read_healthcheck(FieldReader& fields, const json::object& container, TaskSpec& spec) {
  const auto* const check{fields.object(container, "Healthcheck")};
  if (check == nullptr) return;
  spec.healthcheck = Healthcheck{.test = fields.texts(*check, "Test"),
                                 .interval_ns = fields.whole(*check, "Interval"),
                                 .timeout_ns = fields.whole(*check, "Timeout"),
                                 .start_period_ns = fields.whole(*check, "StartPeriod"),
                                 .retries = fields.count(*check, "Retries")};
}

void read_container(FieldReader& fields, const json::object& container, TaskSpec& spec) {
  // What changes how a container behaves; labels, names and terminals do not.
  static constexpr std::array<std::string_view, 13> without_counterpart{
      "Dir",      "User",       "Groups",        "Hosts",          "DNSConfig",
      "ReadOnly", "Privileges", "CapabilityAdd", "CapabilityDrop", "Sysctls",
      "Ulimits",  "StopSignal", "Init"};
  spec.image = fields.text(container, "Image");
  spec.command = fields.texts(container, "Command");
  spec.args = fields.texts(container, "Args");
  spec.env = fields.texts(container, "Env");
  fields.each(container, "Mounts", [&](const json::object& mount) {
    spec.mounts.push_back({.type = fields.text(mount, "Type"),
                           .source = fields.text(mount, "Source"),
                           .target = fields.text(mount, "Target")});
  });
  read_files(fields, container, "Secrets", "SecretName", spec.secrets);
  read_files(fields, container, "Configs", "ConfigName", spec.configs);
  read_healthcheck(fields, container, spec);
  for (const std::string_view key : without_counterpart) {
    if (says_something(container.if_contains(key))) spec.other.emplace_back(key);
  }
}

TaskSpec read_task_spec(FieldReader& fields, const json::object& from) {
  TaskSpec spec{};
  if (const auto* container = fields.object(from, "ContainerSpec")) {
    read_container(fields, *container, spec);
  }
  if (const auto* found = fields.object(from, "Resources")) {
    spec.limits = resources(fields, *found, "Limits");
    spec.reservations = resources(fields, *found, "Reservations");
    const auto* const reserved{fields.object(*found, "Reservations")};
    if (reserved != nullptr && says_something(reserved->if_contains("GenericResources"))) {
      spec.other.emplace_back("GenericResources");
    }
  }
  if (const auto* placement = fields.object(from, "Placement")) {
    spec.constraints = fields.texts(*placement, "Constraints");
    spec.replicas_per_node_max = fields.count(*placement, "MaxReplicas");
  }
  if (const auto* restart = fields.object(from, "RestartPolicy")) {
    spec.restart_condition = fields.text(*restart, "Condition");
  }
  fields.each(from, "Networks", [&](const json::object& network) {
    spec.networks.push_back(fields.text(network, "Target"));
  });
  return spec;
}

PortSpec read_port(FieldReader& fields, const json::object& from) {
  PortSpec port{.target = fields.count(from, "TargetPort"),
                .published = fields.count(from, "PublishedPort")};
  const std::string protocol{fields.text(from, "Protocol")};
  if (!protocol.empty()) port.protocol = protocol;
  port.is_host_mode = fields.text(from, "PublishMode") == "host";
  return port;
}

void read_mode(FieldReader& fields, const json::object& spec, Service& service) {
  const auto* const mode{fields.object(spec, "Mode")};
  if (mode == nullptr) return;
  if (const auto* replicated = fields.object(*mode, "Replicated")) {
    service.replicas = fields.count(*replicated, "Replicas");
  }
  if (const auto* job = fields.object(*mode, "ReplicatedJob")) {
    service.is_job = true;
    service.replicas = fields.count(*job, "MaxConcurrent");
  }
  service.is_global = mode->contains("Global") || mode->contains("GlobalJob");
  service.is_job = service.is_job || mode->contains("GlobalJob");
}

Service read_service(FieldReader& fields, const json::object& from) {
  Service service{.id = fields.text(from, "ID")};
  if (const auto* spec = fields.object(from, "Spec")) {
    service.name = fields.text(*spec, "Name");
    service.labels = fields.text_map(*spec, "Labels");
    read_mode(fields, *spec, service);
    if (const auto* task = fields.object(*spec, "TaskTemplate")) {
      service.task = read_task_spec(fields, *task);
    }
    if (const auto* endpoint = fields.object(*spec, "EndpointSpec")) {
      fields.each(*endpoint, "Ports", [&](const json::object& port) {
        service.ports.push_back(read_port(fields, port));
      });
    }
  }
  if (const auto* previous = fields.object(from, "PreviousSpec")) {
    if (const auto* task = fields.object(*previous, "TaskTemplate")) {
      service.previous = read_task_spec(fields, *task);
    }
  }
  if (const auto* update = fields.object(from, "UpdateStatus")) {
    service.update_state = fields.text(*update, "State");
  }
  if (service.id.empty()) fields.expected("a text", "ID");
  if (service.name.empty()) fields.expected("a text", "Spec.Name");
  return service;
}

/// Ports that the task holds on its node; only those in host mode are in a task's own status.
void read_host_ports(FieldReader& fields, const json::object& status, Task& task) {
  const auto* const ports{fields.object(status, "PortStatus")};
  if (ports == nullptr) return;
  fields.each(*ports, "Ports", [&](const json::object& port) {
    task.host_ports.push_back(fields.count(port, "PublishedPort"));
  });
}

Task read_task(FieldReader& fields, const json::object& from) {
  Task task{.service_id = fields.text(from, "ServiceID"),
            .node_id = fields.text(from, "NodeID"),
            .slot = fields.count(from, "Slot"),
            .desired_state = fields.text(from, "DesiredState")};
  if (const auto* status = fields.object(from, "Status")) {
    task.state = fields.text(*status, "State");
    task.error = fields.text(*status, "Err");
    read_host_ports(fields, *status, task);
  }
  if (const auto* spec = fields.object(from, "Spec")) {
    if (const auto* found = fields.object(*spec, "Resources")) {
      task.reservations = resources(fields, *found, "Reservations");
    }
  }
  if (task.state.empty()) fields.expected("a text", "Status.State");
  return task;
}

Node read_node(FieldReader& fields, const json::object& from) {
  Node node{.id = fields.text(from, "ID")};
  if (const auto* spec = fields.object(from, "Spec")) {
    node.role = fields.text(*spec, "Role");
    node.is_active = fields.text(*spec, "Availability") == "active";
    node.labels = fields.text_map(*spec, "Labels");
  }
  if (const auto* description = fields.object(from, "Description")) {
    node.hostname = fields.text(*description, "Hostname");
    node.resources = resources(fields, *description, "Resources");
    if (const auto* platform = fields.object(*description, "Platform")) {
      node.os = fields.text(*platform, "OS");
      node.arch = fields.text(*platform, "Architecture");
    }
    if (const auto* engine = fields.object(*description, "Engine")) {
      node.engine_labels = fields.text_map(*engine, "Labels");
    }
  }
  if (const auto* status = fields.object(from, "Status")) {
    node.is_ready = fields.text(*status, "State") == "ready";
  }
  if (node.id.empty()) fields.expected("a text", "ID");
  return node;
}

template <class T, class Read>
Result<std::vector<T>> parse_list(std::string_view body, std::string_view what, const Read& read) {
  const auto list{io::parse_array(body)};
  if (!list) return with_context(what, list.error());
  FieldReader fields{};
  std::vector<T> all{};
  all.reserve(list->size());
  for (const json::value& value : *list) {
    if (const auto* element = fields.element(value, what)) all.push_back(read(fields, *element));
  }
  if (fields.mistake()) return with_context(what, *fields.mistake());
  return all;
}

}  // namespace

Result<std::vector<Service>> parse_services(std::string_view body) {
  return parse_list<Service>(body, "services", &read_service);
}

Result<std::vector<Task>> parse_tasks(std::string_view body) {
  return parse_list<Task>(body, "tasks", &read_task);
}

Result<std::vector<Node>> parse_nodes(std::string_view body) {
  return parse_list<Node>(body, "nodes", &read_node);
}

}  // namespace spillway::docker_swarm
