#include "controller/kubernetes/pod_probe.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace spillway::kubernetes {

namespace {

/// A port by its name among the container's own, or written as a number; 0: neither.
int probe_port(FieldReader& fields, const boost::json::object& container, const std::string& name) {
  for (const auto* const port : fields.objects(&container, "ports")) {
    if (fields.text(port, "name") == name) return fields.count(port, "containerPort");
  }
  const bool is_number{!name.empty() && name.size() <= 5 &&
                       name.find_first_not_of("0123456789") == std::string::npos};
  const int port{is_number ? std::atoi(name.c_str()) : 0};
  return port <= 65'535 ? port : 0;
}

}  // namespace

int probe_count(FieldReader& fields, const boost::json::object* from, std::string_view key,
                int otherwise) {
  // A foreign number never overflows what is made of it.
  constexpr int a_day{86'400};
  return std::clamp(fields.count(from, key, otherwise), 0, a_day);
}

Duration probe_seconds(FieldReader& fields, const boost::json::object* from, std::string_view key,
                       int otherwise) {
  return std::chrono::seconds{probe_count(fields, from, key, otherwise)};
}

std::optional<PodProbe> pod_probe(FieldReader& fields, const boost::json::object& container,
                                  std::string_view key) {
  const auto* const from = fields.object(&container, key);
  if (from == nullptr) return std::nullopt;
  PodProbe made{};
  made.probe = {.initial_delay = probe_seconds(fields, from, "initialDelaySeconds", 0),
                .period = probe_seconds(fields, from, "periodSeconds", 10),
                .timeout = probe_seconds(fields, from, "timeoutSeconds", 1),
                .failure_threshold = fields.count(from, "failureThreshold", 3),
                .success_threshold = fields.count(from, "successThreshold", 1)};
  if (const auto* const http = fields.object(from, "httpGet")) {
    made.probe.path = fields.text(http, "path");
    if (!made.probe.path.starts_with('/')) made.probe.path = "/" + made.probe.path;
    made.probe.is_https = fields.text(http, "scheme") == "HTTPS";
    made.probe.port = probe_port(fields, container, fields.text_or_number(http, "port"));
    for (const auto* const header : fields.objects(http, "httpHeaders")) {
      made.probe.headers[fields.text(header, "name")] = fields.text(header, "value");
    }
    return made;
  }
  if (const auto* const exec = fields.object(from, "exec")) {
    made.by = ProbeBy::command;
    made.probe.command = fields.texts(exec, "command");
    return made;
  }
  made.by = ProbeBy::connection;
  const auto* const socket = fields.object(from, "tcpSocket");
  made.probe.port = probe_port(fields, container, fields.text_or_number(socket, "port"));
  return made;
}

}  // namespace spillway::kubernetes
