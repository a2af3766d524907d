// Answers of a Docker Engine as the API describes them (v1.41), written by hand: small, and with
// the one thing in them that a test is about.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace spillway::docker_swarm::samples {

/// One service with everything that a template is made of.
inline constexpr std::string_view rich_service{R"([{
  "ID": "svc1", "Version": {"Index": 13},
  "Spec": {
    "Name": "web", "Labels": {"team": "shop"},
    "TaskTemplate": {
      "ContainerSpec": {
        "Image": "registry.example:5000/shop/web:1.4@sha256:0123",
        "Command": ["/web"], "Args": ["--fast"],
        "Env": ["MODE=fast", "API_TOKEN=t0", "SLOT={{.Task.Slot}}", "EMPTY"],
        "Dir": "/srv", "Init": false, "DNSConfig": {}, "Isolation": "default",
        "Mounts": [{"Type": "tmpfs", "Target": "/scratch"},
                   {"Type": "bind", "Source": "/data", "Target": "/data"},
                   {"Type": "volume", "Source": "db", "Target": "/db"}],
        "Healthcheck": {"Test": ["CMD-SHELL", "wget -q localhost/healthz"],
                        "Interval": 2500000000, "Timeout": 1000000000, "Retries": 5},
        "Secrets": [{"File": {"Name": "db.password", "Mode": 292}, "SecretID": "s1", "SecretName": "db_password"},
                    {"File": {"Name": "cert"}, "SecretID": "s2", "SecretName": "cert"}],
        "Configs": [{"File": {"Name": "/etc/web.conf"}, "ConfigID": "c1", "ConfigName": "webconf"}]
      },
      "Resources": {"Limits": {"NanoCPUs": 500000000, "MemoryBytes": 536870912},
                    "Reservations": {"NanoCPUs": 250000000}},
      "RestartPolicy": {"Condition": "any"},
      "Placement": {"Constraints": ["node.role==worker"], "MaxReplicas": 2},
      "Networks": [{"Target": "net1"}]
    },
    "Mode": {"Replicated": {"Replicas": 4}},
    "EndpointSpec": {"Mode": "vip", "Ports": [
      {"Protocol": "udp", "TargetPort": 53, "PublishedPort": 53, "PublishMode": "ingress"},
      {"Protocol": "tcp", "TargetPort": 8000, "PublishedPort": 80, "PublishMode": "ingress"},
      {"Protocol": "tcp", "TargetPort": 9100, "PublishedPort": 9100, "PublishMode": "host"}]}
  }
}])"};

/// A service without resources; `more` goes beside `Spec`, `labels` is an object.
inline std::string service(std::string_view name, int replicas, std::string_view more = "",
                           std::string_view labels = "{}", std::string_view image = "shop/web:1") {
  return fmt::format(
      R"({{"ID":"id-{0}","Spec":{{"Name":"{0}","Labels":{3},"TaskTemplate":{{"ContainerSpec":{{"Image":"{4}"}}}},)"
      R"("Mode":{{"Replicated":{{"Replicas":{1}}}}}}}{2}}})",
      name, replicas, more, labels, image);
}

inline std::string task(std::string_view service, int slot, std::string_view state,
                        std::string_view node = "n1", std::string_view error = "",
                        std::string_view desired = "running") {
  return fmt::format(
      R"({{"ID":"t","ServiceID":"id-{0}","NodeID":"{3}","Slot":{1},"DesiredState":"{5}",)"
      R"("Status":{{"State":"{2}","Err":"{4}","PortStatus":{{}}}}}})",
      service, slot, state, node, error, desired);
}

inline std::string node(std::string_view id, std::string_view state = "ready",
                        std::string_view availability = "active", std::string_view role = "worker",
                        double cpus = 2.0) {
  return fmt::format(
      R"({{"ID":"{0}","Spec":{{"Role":"{3}","Availability":"{2}","Labels":{{"zone":"{0}"}}}},)"
      R"("Description":{{"Hostname":"host-{0}","Platform":{{"OS":"linux","Architecture":"x86_64"}},)"
      R"("Resources":{{"NanoCPUs":{4},"MemoryBytes":4000000000}}}},"Status":{{"State":"{1}"}}}})",
      id, state, availability, role, static_cast<long long>(cpus * 1e9));
}

template <class... Parts>
std::string list(const Parts&... parts) {
  std::string all{"["};
  ((all += (all.size() > 1 ? "," : "") + std::string{parts}), ...);
  return all + "]";
}

}  // namespace spillway::docker_swarm::samples
