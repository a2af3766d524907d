#include "controller/cluster/marathon/listing.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "controller/io/json_fields.hpp"

namespace spillway::marathon {

namespace json = boost::json;

namespace {

using io::FieldReader;

bool says_something(const json::value* value) {
  if (value == nullptr || value->is_null()) return false;
  if (value->is_bool()) return value->get_bool();
  if (value->is_string()) return !value->get_string().empty();
  if (value->is_array()) return !value->get_array().empty();
  if (value->is_object()) return !value->get_object().empty();
  return true;
}

/// Values are texts, or `{"secret": NAME}`; older versions also wrote numbers.
void read_environment(FieldReader& fields, const json::object& from, App& app) {
  const auto* const env{fields.object(from, "env")};
  if (env == nullptr) return;
  for (const auto& [name, value] : *env) {
    if (value.is_string()) {
      app.env[name] = std::string{value.get_string()};
    } else if (value.is_object()) {
      app.env_secrets[name] = fields.text(value.get_object(), "secret");
    } else {
      app.env[name] = json::serialize(value);
    }
  }
}

void read_secrets(FieldReader& fields, const json::object& from, App& app) {
  const auto* const secrets{fields.object(from, "secrets")};
  if (secrets == nullptr) return;
  for (const auto& [name, value] : *secrets) {
    if (const auto* secret = fields.element(value, "secrets")) {
      app.secret_sources[name] = fields.text(*secret, "source");
    }
  }
}

void read_port_mappings(FieldReader& fields, const json::object& from, App& app) {
  fields.each(from, "portMappings", [&](const json::object& mapping) {
    const std::string protocol{fields.text(mapping, "protocol")};
    const int port{fields.count(mapping, "containerPort")};
    const bool is_tcp{protocol.empty() || protocol.find("tcp") != std::string::npos};
    if (is_tcp && port > 0 && port <= 65535) app.container_ports.push_back(port);
  });
}

void read_container(FieldReader& fields, const json::object& from, App& app) {
  const auto* const container{fields.object(from, "container")};
  if (container == nullptr) return;
  read_port_mappings(fields, *container, app);
  fields.each(*container, "volumes", [&](const json::object& volume) {
    app.volumes.push_back(fields.text(volume, "containerPath"));
  });
  const auto* const docker{fields.object(*container, "docker")};
  if (docker == nullptr) return;
  app.image = fields.text(*docker, "image");
  // Until Marathon 1.5 they were here.
  if (app.container_ports.empty()) read_port_mappings(fields, *docker, app);
  if (says_something(docker->if_contains("privileged"))) app.other.emplace_back("privileged");
  if (says_something(docker->if_contains("parameters"))) app.other.emplace_back("parameters");
  if (fields.text(*docker, "network") == "USER") app.has_container_network = true;
}

void read_health_checks(FieldReader& fields, const json::object& from, App& app) {
  fields.each(from, "healthChecks", [&](const json::object& found) {
    HealthCheck check{};
    const std::string protocol{fields.text(found, "protocol")};
    if (!protocol.empty()) check.protocol = protocol;
    check.path = fields.text(found, "path");
    if (const auto* command = fields.object(found, "command")) {
      check.command = fields.text(*command, "value");
    }
    check.port = fields.count(found, "port");
    check.port_index = fields.count(found, "portIndex");
    check.grace_s = fields.number(found, "gracePeriodSeconds").value_or(check.grace_s);
    check.interval_s = fields.number(found, "intervalSeconds").value_or(check.interval_s);
    check.timeout_s = fields.number(found, "timeoutSeconds").value_or(check.timeout_s);
    if (found.contains("maxConsecutiveFailures")) {
      check.failures_max = fields.count(found, "maxConsecutiveFailures");
    }
    app.health_checks.push_back(std::move(check));
  });
}

App read_app(FieldReader& fields, const json::object& from) {
  static constexpr std::array<std::string_view, 7> without_counterpart{
      "user", "fetch", "uris", "residency", "executorResources", "resourceLimits", "ipAddress"};
  App app{.id = fields.text(from, "id")};
  if (app.id.empty()) fields.expected("a text", "id");
  if (from.contains("instances")) app.instances = fields.count(from, "instances");
  app.staged = fields.count(from, "tasksStaged");
  app.running = fields.count(from, "tasksRunning");
  app.healthy = fields.count(from, "tasksHealthy");
  app.unhealthy = fields.count(from, "tasksUnhealthy");
  app.cpus = std::clamp(fields.number(from, "cpus").value_or(app.cpus), 0.0, 1e6);
  app.memory_mib = std::clamp(fields.number(from, "mem").value_or(app.memory_mib), 0.0, 1e9);
  app.gpus = fields.count(from, "gpus");
  app.command = fields.text(from, "cmd");
  app.args = fields.texts(from, "args");
  read_environment(fields, from, app);
  read_secrets(fields, from, app);
  read_container(fields, from, app);
  read_health_checks(fields, from, app);
  fields.each(from, "networks", [&](const json::object& network) {
    if (fields.text(network, "mode") == "container") app.has_container_network = true;
  });
  for (const std::string_view key : without_counterpart) {
    if (says_something(from.if_contains(key))) app.other.emplace_back(key);
  }
  return app;
}

}  // namespace

Result<std::map<std::string, App, std::less<>>> parse_apps(std::string_view body) {
  const auto document = io::parse_object(body);
  if (!document) return with_context("apps", document.error());
  FieldReader fields{};
  std::map<std::string, App, std::less<>> apps{};
  if (fields.array(*document, "apps") == nullptr) fields.expected("a list", "apps");
  fields.each(*document, "apps", [&](const json::object& found) {
    App app{read_app(fields, found)};
    apps.insert_or_assign(app.id, std::move(app));
  });
  if (fields.mistake()) return with_context("apps", *fields.mistake());
  return apps;
}

Result<std::map<std::string, Queued, std::less<>>> parse_queue(std::string_view body) {
  const auto document = io::parse_object(body);
  if (!document) return with_context("queue", document.error());
  FieldReader fields{};
  std::map<std::string, Queued, std::less<>> queue{};
  fields.each(*document, "queue", [&](const json::object& item) {
    const auto* const app{fields.object(item, "app")};
    if (app == nullptr) return;  // a pod
    Queued queued{.count = fields.count(item, "count")};
    if (const auto* delay = fields.object(item, "delay")) {
      const json::value* const overdue{delay->if_contains("overdue")};
      queued.waits_for_offers = overdue != nullptr && overdue->is_bool() && overdue->get_bool();
    }
    // With roles an app may be in the queue several times.
    Queued& all{queue[fields.text(*app, "id")]};
    all.count = std::min(all.count + queued.count, 1'000'000'000);
    all.waits_for_offers = all.waits_for_offers || queued.waits_for_offers;
  });
  if (fields.mistake()) return with_context("queue", *fields.mistake());
  return queue;
}

Result<std::set<std::string, std::less<>>> parse_deployments(std::string_view body) {
  const auto list = io::parse_array(body);
  if (!list) return with_context("deployments", list.error());
  FieldReader fields{};
  std::set<std::string, std::less<>> restarting{};
  const auto note{[&](const json::object& action) {
    if (fields.text(action, "action") != "RestartApplication") return;
    restarting.insert(fields.text(action, "app"));
  }};
  for (const json::value& value : *list) {
    const auto* const deployment{fields.element(value, "deployments")};
    if (deployment == nullptr) continue;
    fields.each(*deployment, "currentActions", note);
    fields.each(*deployment, "steps",
                [&](const json::object& step) { fields.each(step, "actions", note); });
  }
  if (fields.mistake()) return with_context("deployments", *fields.mistake());
  return restarting;
}

}  // namespace spillway::marathon
