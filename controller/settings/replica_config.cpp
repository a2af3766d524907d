#include "controller/settings/replica_config.hpp"

#include <chrono>
#include <utility>

namespace spillway {

// The parts of a container group, where the list and map helpers find them.

void describe(Fields& /*fields*/, EmptyDirVolume& /*volume*/) {}

void describe(Fields& fields, SecretVolume& volume) {
  fields.secret_map("files", volume.files, {.max_length = 65536},
                    "Name and content of each file; nobody reads the content back.");
}

void describe(Fields& fields, AzureFileVolume& volume) {
  fields.text("account", volume.account, {.presence = Presence::required, .max_length = 24},
              "Storage account.");
  fields.text("share", volume.share, {.presence = Presence::required, .max_length = 63},
              "Its file share.");
  fields.secret("key", volume.key, {.max_length = 512}, "Key of the storage account.");
  fields.flag("read_only", volume.is_read_only, "Whether the group may only read it.");
}

void describe(Fields& fields, Volume& volume) {
  one_of(fields, volume.kind, "What the volume is.");
}

void describe(Fields& fields, Mount& mount) {
  fields.text("volume", mount.volume, {.presence = Presence::required, .max_length = 63},
              "A name under `volumes`.");
  fields.text("path", mount.path, {.presence = Presence::required, .max_length = 1024},
              "Where the container sees it: an absolute path.");
  fields.flag("read_only", mount.is_read_only, "Whether the container may only read it.");
}

namespace {

using namespace std::chrono_literals;

constexpr std::string_view command_help{"Command and arguments instead of the image's own."};
constexpr std::string_view env_help{
    "Environment variables. Anybody who may read the group at the provider sees them."};
constexpr std::string_view secure_env_help{
    "Environment variables that the provider does not show."};

void describe_parts(Fields& fields, ContainerParts& parts) {
  fields.text("image", parts.image, {.presence = Presence::required, .max_length = 512},
              "Container image.");
  fields.texts("command", parts.command, {.max_length = 4096}, command_help);
  fields.text_map("env", parts.env, {.max_length = 32768}, env_help);
  fields.secret_map("secure_env", parts.secure_env, {.max_length = 32768}, secure_env_help);
  list_of(fields, "mounts", parts.mounts, Presence::optional, "Volumes that it sees.");
}

void describe_platform_probe(Fields& fields, std::string_view key,
                             std::optional<ContainerProbe>& probe, std::string_view help) {
  bool is_present{probe.has_value()};
  ContainerProbe value{probe.value_or(ContainerProbe{})};
  const auto describe_keys{[&value](Fields& inner) {
    inner.texts("command", value.command, {.max_length = 4096},
                "Run in the container; exit code 0 is healthy. Left out: `path` is asked for.");
    inner.text("path", value.path, {.max_length = 1024},
               "Asked for with GET; 200 to 399 is healthy.");
    inner.count("port", value.port, {.max = 65535}, "Port to ask; 0: the container's first.");
    inner.flag("https", value.is_https, "Ask by HTTPS.");
    inner.text_map("headers", value.headers, {.max_length = 1024}, "Header fields of the request.");
    inner.duration("initial_delay", value.initial_delay, {.max = 1h}, "Wait before the first one.");
    inner.duration("period", value.period, {.min = 1s, .max = 1h}, "Time between two probes.");
    inner.duration("timeout", value.timeout, {.min = 1s, .max = 1h}, "Longest wait for an answer.");
    inner.count("failure_threshold", value.failure_threshold, {.min = 1, .max = 100},
                "Failures in a row that count.");
    inner.count("success_threshold", value.success_threshold, {.min = 1, .max = 100},
                "Successes in a row that count.");
  }};
  fields.optional_section(key, is_present, describe_keys, help);
  if (is_present) {
    probe = std::move(value);
  } else {
    probe.reset();
  }
}

void describe_platform_probes(Fields& fields, std::optional<ContainerProbe>& liveness,
                              std::optional<ContainerProbe>& readiness) {
  describe_platform_probe(fields, "liveness", liveness,
                          "A probe by Azure: a failure restarts the container in place.");
  describe_platform_probe(fields, "readiness", readiness,
                          "A probe by Azure, which it shows and does nothing about.");
}

void describe_ports(Fields& fields, std::string_view key, std::vector<int>& ports,
                    std::string_view help) {
  const auto describe_port{[&ports](Fields& element, std::size_t index) {
    if (index >= ports.size()) ports.resize(index + 1);
    element.count("port", ports[index], {.min = 1, .max = 65535, .presence = Presence::required},
                  "A TCP port.");
  }};
  fields.sections(key, ports.size(), describe_port, Presence::optional, help);
}

}  // namespace

void describe(Fields& fields, GroupSize& size) {
  fields.number("vcpu", size.vcpu, {.min = 0.1, .max = 31.0, .presence = Presence::required},
                "vCPUs of the group.");
  fields.memory_gb("memory", size.memory_gb,
                   {.min = 0.1, .max = 240.0, .presence = Presence::required},
                   "Memory of the group.");
  fields.count("replicas", size.replicas.count,
               {.min = 1, .max = 1000, .presence = Presence::required},
               "How many replicas the group counts as, as it can serve so much more.");
}

void describe(Fields& fields, Sidecar& sidecar) {
  fields.text("name", sidecar.name, {.presence = Presence::required, .max_length = 63},
              "Name of the container, unique in the group.");
  describe_parts(fields, sidecar.parts);
  fields.number("vcpu", sidecar.vcpu, {.min = 0.01, .max = 31.0}, "Its part of the group's vCPUs.");
  fields.memory_gb("memory", sidecar.memory_gb, {.min = 0.1, .max = 240.0},
                   "Its part of the group's memory.");
  describe_ports(fields, "ports", sidecar.ports, "Ports for the other containers; not published.");
  describe_platform_probes(fields, sidecar.liveness, sidecar.readiness);
}

void describe(Fields& fields, InitContainer& container) {
  fields.text("name", container.name, {.presence = Presence::required, .max_length = 63},
              "Name of the container, unique in the group.");
  describe_parts(fields, container.parts);
}

}  // namespace spillway

namespace spillway::settings {
namespace {

using namespace std::chrono_literals;

void describe_probe(Fields& fields, ProbeSettings& probe) {
  fields.text(
      "http", probe.path,
      {.max_length = 1024,
       .expected = "a path such as /healthz",
       .is_valid = [](std::string_view text) { return text.starts_with('/'); }},
      "Path to ask with GET; 200 to 399 means ready. Left out: a TCP connection is enough.");
  fields.flag(
      "https", probe.is_https,
      "Ask for `http` over TLS. The certificate is not looked at, as kubelets do not either: "
      "nobody has one for an address that comes and goes. Balancers do (`tls`).");
  fields.require(!probe.is_https || !probe.path.empty(), "https needs `http`, the path to ask for");
  fields.duration("timeout", probe.timeout, {.min = 10ms, .max = 1min},
                  "Longest wait for an answer.");
  fields.duration("retry_every", probe.retry_every, {.min = 50ms, .max = 1min},
                  "Time between two probes until the first success.");
  fields.duration("interval", probe.interval, {.min = 100ms, .max = 1h},
                  "Time between two probes while it serves.");
  fields.count("failure_threshold", probe.failure_threshold, {.min = 1, .max = 100},
               "Failures in a row before a serving replica is replaced.");
}

void describe_registry(Fields& fields, ReplicaTemplate& replica) {
  fields.text("server", replica.registry_server, {.max_length = 256},
              "Host of the registry, such as example.azurecr.io.");
  fields.text("username", replica.registry_username, {.max_length = 256}, "Account to pull with.");
  fields.secret("password", replica.registry_password, {.max_length = 4096}, "Its password.");
  fields.text("identity", replica.registry_identity, {.max_length = 1024},
              "Instead of an account: ARM id of a user-assigned identity that may pull.");
  const bool has_login{!replica.registry_username.empty() && !replica.registry_password.empty()};
  const bool has_no_login{replica.registry_username.empty() && replica.registry_password.empty()};
  const bool has_identity{!replica.registry_identity.empty()};
  fields.require(replica.registry_server.empty() ? has_no_login && !has_identity
                                                 : has_login || (has_identity && has_no_login),
                 "server, username and password belong together: set all or none; or set server "
                 "and identity");
}

void describe_what_runs(Fields& fields, ReplicaTemplate& replica) {
  fields.text("image", replica.image, {.max_length = 512},
              "Container image of a burst replica, best by digest or fixed tag. Required in mode "
              "`act`.");
  fields.texts("command", replica.command, {.max_length = 4096}, command_help);
  fields.text_map("env", replica.env, {.max_length = 32768}, env_help);
  fields.secret_map("secure_env", replica.secure_env, {.max_length = 32768}, secure_env_help);
  fields.count("port", replica.port, {.min = 1, .max = 65535},
               "Port on which the replica serves; probes and traffic go there.");
  describe_ports(fields, "more_ports", replica.more_ports,
                 "Ports published beside it, such as one "
                 "for metrics.");
  list_of(fields, "mounts", replica.mounts, Presence::optional,
          "Volumes that the main container sees.");
  describe_platform_probes(fields, replica.liveness, replica.readiness);
  choose(fields, "restart", replica.restart, restart_policy_words,
         "When Azure starts an ended container again. A crash with `always` is a loop that is "
         "billed until our probe ends it.");
}

void describe_beside(Fields& fields, ReplicaTemplate& replica) {
  list_of(fields, "sidecars", replica.sidecars, Presence::optional,
          "Containers beside the main one, in the same group; they take their part of its size.");
  list_of(fields, "init_containers", replica.init_containers, Presence::optional,
          "Containers that run to their end before the others start, one after the other.");
  map_of(fields, "volumes", replica.volumes, Presence::optional,
         "File systems for the group's containers, by name.");
}

void describe_size(Fields& fields, ReplicaConfig& config) {
  fields.number("vcpu", config.size.vcpu, {.min = 0.1, .max = 31.0}, "vCPUs of one group.");
  fields.memory_gb("memory", config.size.memory_gb, {.min = 0.1, .max = 240.0},
                   "Memory of one group.");
  list_of(fields, "sizes", config.sizes, Presence::optional,
          "Larger sizes of the same group: used while Azure's create rate is short, or where only "
          "they find room.");
  fields.number("vcpu_limit", config.replica.vcpu_limit, {.min = 0.0, .max = 31.0},
                "Most vCPUs that the main container may take of the group's; 0: all of them.");
  fields.memory_gb("memory_limit", config.replica.memory_limit_gb, {.min = 0.0, .max = 240.0},
                   "Most memory that it may take; 0: all of it.");
  fields.count("gpus", config.replica.gpus, {.max = 8}, "GPUs: Azure has retired them here.");
  choose(fields, "sku", config.replica.sku, sku_words,
         "`confidential` encrypts memory and needs `cce_policy`.");
  fields.text("cce_policy", config.replica.cce_policy, {.max_length = 1 << 20},
              "Policy of a confidential group, in base64, as `az confcom acipolicygen` makes it.");
}

void describe_network(Fields& fields, ReplicaTemplate& replica) {
  choose(fields, "address", replica.address, address_words,
         "Where the group can be reached. `auto`: private in a subnet, none on Spot, else public.");
  fields.text(
      "subnet_id", replica.subnet_id, {.max_length = 1024},
      "Resource id of a delegated subnet: the group gets a private address there. Left out: "
      "a public address.");
  fields.text("dns_label", replica.dns_label, {.max_length = 52},
              "Beginning of a DNS label LABEL-HASH.REGION.azurecontainer.io for each group.");
  choose(fields, "dns_reuse", replica.dns_reuse, dns_reuse_words,
         "Who may get a label again once its group is gone.");
}

void describe_azure(Fields& fields, ReplicaTemplate& replica) {
  fields.texts("identities", replica.identities, {.max_length = 1024},
               "ARM ids of user-assigned identities for the group.");
  fields.flag("system_identity", replica.has_system_identity, "An identity of the group's own.");
  const auto describe_logs{[&replica](Fields& inner) {
    inner.text("workspace_id", replica.log_workspace_id, {.max_length = 64}, "Workspace id.");
    inner.secret("workspace_key", replica.log_workspace_key, {.max_length = 256}, "Its key.");
  }};
  fields.section("log_analytics", describe_logs, "Where Azure sends the containers' output.");
  fields.text_map("tags", replica.tags, {.max_length = 256},
                  "Tags of the groups beside our own, for the bill.");
}

}  // namespace

void describe(Fields& fields, ReplicaConfig& config) {
  fields.flag("from_cluster", config.from_cluster,
              "Take what is left out in this section from the cluster's own description of the "
              "service, and follow its changes once the cluster has rolled them out.");
  describe_what_runs(fields, config.replica);
  describe_size(fields, config);
  describe_network(fields, config.replica);
  fields.section(
      "registry", [&](Fields& inner) { describe_registry(inner, config.replica); },
      "A private registry. Left out: the image is public.");
  fields.section(
      "probe", [&](Fields& inner) { describe_probe(inner, config.probe); },
      "Our own check that a burst replica is ready, before traffic and while it serves.");
  fields.text(
      "idle", config.idle_path,
      {.max_length = 1024,
       .expected = "a path such as /idle",
       .is_valid = [](std::string_view text) { return text.empty() || text.starts_with('/'); }},
      "For workers of a queue: asked with GET, again and again, once the replica is to leave. 200 "
      "to 399 means that it has nothing to do and can go, anything else that it is busy; the first "
      "question tells it to take no further job. `lifecycle.drain_deadline` limits the wait.");
  fields.optional_section(
      "busy", config.has_busy, [&](Fields& inner) { describe(inner, config.busy); },
      "For workers of a queue: a metric of the jobs that each replica has in hand. Those without "
      "any "
      "leave first, and one that leaves is removed when it has none; nothing known counts as "
      "busy.");
  fields.count("weight", config.weight, {.min = 1, .max = 256},
               "Share of the traffic relative to a base replica's 100.");
  describe_beside(fields, config.replica);
  describe_azure(fields, config.replica);
  // Writers do not know, and must not forget what the reader has seen.
  config.given.port = config.given.port || fields.is_given("port");
  config.given.vcpu = config.given.vcpu || fields.is_given("vcpu");
  config.given.memory = config.given.memory || fields.is_given("memory");
}

}  // namespace spillway::settings
