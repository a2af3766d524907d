#include "controller/kubernetes/pod_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/objects.hpp"
#include "controller/kubernetes/pod_environment.hpp"
#include "controller/kubernetes/pod_probe.hpp"
#include "controller/kubernetes/pod_volumes.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

using Object = json::object;

constexpr double bytes_per_gb{1e9};
constexpr std::string_view default_container{"kubectl.kubernetes.io/default-container"};

/// `docker.io` for an image without a registry in its name.
std::string registry_of(std::string_view image) {
  const std::size_t slash{image.find('/')};
  const std::string_view first{image.substr(0, slash)};
  const bool names_a_registry{
      slash != std::string_view::npos &&
      (first.find_first_of(".:") != std::string_view::npos || first == "localhost")};
  return names_a_registry ? std::string{first} : std::string{"docker.io"};
}

/// A key of a dockerconfigjson as the registry's host: `https://index.docker.io/v1/` is docker.io.
std::string registry_host(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  const std::string host{key.substr(0, key.find('/'))};
  return host == "index.docker.io" ? "docker.io" : host;
}

class Deriver {
 public:
  explicit Deriver(const TemplateSource& source)
      : source_{source},
        spec_{fields_.object(source.pod_template, "spec")},
        volumes_{fields_, spec_, *source.referenced, source.claims} {
    const Object* const metadata{fields_.object(source.pod_template, "metadata")};
    facts_.name_space = source.name_space;
    facts_.labels = fields_.text_map(metadata, "labels");
    facts_.annotations = fields_.text_map(metadata, "annotations");
    facts_.service_account = fields_.text(spec_, "serviceAccountName");
  }

  Result<DerivedTemplate> derive() {
    const auto containers = fields_.objects(spec_, "containers");
    if (containers.empty()) fields_.expected("a list of containers", "spec.containers");
    if (fields_.mistake()) return *fields_.mistake();
    const Object& main{main_of(containers)};
    derive_main(main);
    for (const Object* const each : containers) {
      if (each != &main) add_sidecar(*each);
    }
    for (const Object* const each : fields_.objects(spec_, "initContainers")) add_initial(*each);
    replica().volumes = volumes_.used();
    take_size();
    find_login();
    take_restart_policy();
    judge_pod();
    if (fields_.mistake()) return with_context("pod template", *fields_.mistake());
    auto& all = result_.derived.left_out;
    all = result_.remarks.blocking;
    all.insert(all.end(), result_.remarks.left_out.begin(), result_.remarks.left_out.end());
    return std::move(result_);
  }

 private:
  ReplicaTemplate& replica() { return result_.derived.replica; }
  Remarks& remarks() { return result_.remarks; }

  const Object& main_of(const std::vector<const Object*>& containers) {
    const auto wanted = facts_.annotations.find(std::string{default_container});
    if (wanted == facts_.annotations.end()) return *containers.front();
    for (const Object* const each : containers) {
      if (fields_.text(each, "name") == wanted->second) return *each;
    }
    return *containers.front();
  }

  void derive_main(const Object& container) {
    ContainerParts parts{parts_of(container)};
    replica().image = std::move(parts.image);
    replica().command = std::move(parts.command);
    replica().env = std::move(parts.env);
    replica().secure_env = std::move(parts.secure_env);
    replica().mounts = std::move(parts.mounts);
    const std::vector<int> ports{ports_of(container)};
    if (!ports.empty()) {
      result_.derived.port = ports.front();
      replica().more_ports.assign(ports.begin() + 1, ports.end());
    }
    replica().liveness = liveness_of(container);
    replica().readiness = probe_of(container, "readinessProbe");
    take_own_probe(container, ports);
  }

  void add_sidecar(const Object& container) {
    const Requests requests{container_requests(container)};
    Sidecar sidecar{.name = fields_.text(&container, "name"), .parts = parts_of(container)};
    if (requests.cores > 0.0) sidecar.vcpu = requests.cores;
    if (requests.memory_bytes > 0.0) sidecar.memory_gb = requests.memory_bytes / bytes_per_gb;
    sidecar.ports = ports_of(container);
    sidecar.liveness = liveness_of(container);
    sidecar.readiness = probe_of(container, "readinessProbe");
    replica().sidecars.push_back(std::move(sidecar));
  }

  /// A native sidecar (Kubernetes 1.28) is one that always restarts: it runs beside the others.
  void add_initial(const Object& container) {
    if (fields_.text(&container, "restartPolicy") == "Always") {
      add_sidecar(container);
      return;
    }
    replica().init_containers.push_back(
        {.name = fields_.text(&container, "name"), .parts = parts_of(container)});
  }

  ContainerParts parts_of(const Object& container) {
    const std::string name{fields_.text(&container, "name")};
    ContainerParts parts{.image = fields_.text(&container, "image")};
    if (parts.image.empty()) fields_.expected("an image", "containers.image");
    const Environment environment{
        environment_of(fields_, container, facts_, *source_.referenced, remarks())};
    bool has_secret{false};
    parts.command = expanded_texts(container, "command", environment, has_secret);
    const auto arguments = expanded_texts(container, "args", environment, has_secret);
    if (parts.command.empty() && !arguments.empty()) {
      remarks().block(fmt::format(
          "container {}: it has args without command; a container group knows only a whole "
          "command: write `command` with the image's entry point into the template or `replica`",
          name));
    }
    parts.command.insert(parts.command.end(), arguments.begin(), arguments.end());
    if (has_secret) {
      remarks().leave_out(fmt::format(
          "container {}: its command contains a secret, which Azure shows to whoever may read the "
          "group; let the program read its environment instead",
          name));
    }
    for (const auto& [variable, made] : environment) {
      (made.is_secret ? parts.secure_env : parts.env).emplace(variable, made.value);
    }
    parts.mounts = volumes_.mounts_of(container, remarks());
    judge_container(container, name);
    return parts;
  }

  std::vector<std::string> expanded_texts(const Object& container, std::string_view key,
                                          const Environment& environment, bool& has_secret) {
    std::vector<std::string> texts{fields_.texts(&container, key)};
    for (std::string& text : texts) text = expanded(text, environment, has_secret);
    return texts;
  }

  /// The one named `http` first.
  std::vector<int> ports_of(const Object& container) {
    std::vector<int> ports{};
    for (const Object* const port : fields_.objects(&container, "ports")) {
      const int number{fields_.count(port, "containerPort")};
      const std::string protocol{fields_.text(port, "protocol")};
      if (!protocol.empty() && protocol != "TCP") {
        remarks().leave_out(fmt::format("container {}: port {}/{}: burst traffic is TCP",
                                        fields_.text(&container, "name"), number, protocol));
        continue;
      }
      if (std::find(ports.begin(), ports.end(), number) != ports.end()) continue;
      const bool is_first{fields_.text(port, "name") == "http"};
      ports.insert(is_first ? ports.begin() : ports.end(), number);
    }
    return ports;
  }

  /// A startup probe holds the liveness probe back; here its longest time becomes a delay.
  std::optional<ContainerProbe> liveness_of(const Object& container) {
    auto liveness = probe_of(container, "livenessProbe");
    const Object* const startup{fields_.object(&container, "startupProbe")};
    if (!liveness || startup == nullptr) return liveness;
    const Duration longest{probe_seconds(fields_, startup, "initialDelaySeconds", 0) +
                           probe_seconds(fields_, startup, "periodSeconds", 10) *
                               probe_count(fields_, startup, "failureThreshold", 3)};
    liveness->initial_delay = std::max(liveness->initial_delay, longest);
    return liveness;
  }

  std::optional<ContainerProbe> probe_of(const Object& container, std::string_view key) {
    auto made = pod_probe(fields_, container, key);
    if (!made) return std::nullopt;
    if (made->by != ProbeBy::connection) return std::move(made->probe);
    remarks().leave_out(
        fmt::format("container {}: {}: a container group probes by HTTP or a command only; our own "
                    "probe connects to the port",
                    fields_.text(&container, "name"), key));
    return std::nullopt;
  }

  /// Our own probe comes from outside, where only what is published can be reached. `published` are
  /// the container's ports.
  void take_own_probe(const Object& container, const std::vector<int>& published) {
    const auto readiness = pod_probe(fields_, container, "readinessProbe");
    if (!readiness || readiness->by == ProbeBy::command) return;
    const int port{readiness->probe.port};
    if (!published.empty() && std::ranges::find(published, port) == published.end() && port > 0) {
      remarks().leave_out(fmt::format(
          "container {}: readinessProbe at port {}, which is none of its ports and so not "
          "published: our own probe connects to {}",
          fields_.text(&container, "name"), port, published.front()));
    }
    if (published.empty() || port != published.front()) result_.derived.probe_port = port;
    if (readiness->by != ProbeBy::http) return;
    result_.derived.probe_path = readiness->probe.path;
    result_.derived.is_probe_https = readiness->probe.is_https;
  }

  Requests container_requests(const Object& container) {
    Object alone{};
    alone["containers"] = json::array{container};
    return requests_of(alone);
  }

  void take_size() {
    const Requests all{spec_ == nullptr ? Requests{} : requests_of(*spec_)};
    if (all.cores > 0.0) result_.derived.vcpu = all.cores;
    if (all.memory_bytes > 0.0) result_.derived.memory_gb = all.memory_bytes / bytes_per_gb;
  }

  /// The login that Kubernetes would pull the main image with.
  void find_login() {
    const std::string registry{registry_of(replica().image)};
    bool has_secrets{false};
    for (const Object* const pull : fields_.objects(spec_, "imagePullSecrets")) {
      const Reference reference{Reference::Kind::secret, fields_.text(pull, "name")};
      const auto found = source_.referenced->find(reference);
      if (found == source_.referenced->end() || !found->second.why_not.empty()) {
        remarks().leave_out(fmt::format(
            "image pull: {} cannot be read: {}", to_string(reference),
            found == source_.referenced->end() ? "not asked for" : found->second.why_not));
        continue;
      }
      has_secrets = true;
      if (take_login(found->second, registry)) return;
    }
    if (has_secrets) {
      remarks().leave_out("image pull: no pull secret has a login for " + registry);
    }
  }

  bool take_login(const KeyedData& secret, const std::string& registry) {
    const auto text = secret.data.find(".dockerconfigjson");
    if (text == secret.data.end()) return false;
    const auto document = parse_object(text->second);
    if (!document) return false;
    const Object* const logins{fields_.object(&*document, "auths")};
    if (logins == nullptr) return false;
    for (const auto& [key, value] : *logins) {
      if (registry_host(key) != registry || !value.is_object()) continue;
      const Object& login{value.get_object()};
      std::string user{fields_.text(&login, "username")};
      std::string password{fields_.text(&login, "password")};
      const auto both = io::decode_base64(fields_.text(&login, "auth"));
      if (user.empty() && both) {
        const std::size_t colon{both->find(':')};
        user = both->substr(0, colon);
        password = colon == std::string::npos ? std::string{} : both->substr(colon + 1);
      }
      if (user.empty() || password.empty()) continue;
      replica().registry_server = registry == "docker.io" ? "index.docker.io" : registry;
      replica().registry_username = std::move(user);
      replica().registry_password = std::move(password);
      return true;
    }
    return false;
  }

  void judge_container(const Object& container, const std::string& name) {
    const Object* const security{fields_.object(&container, "securityContext")};
    if (fields_.flag(security, "privileged")) {
      remarks().block(fmt::format("container {}: a container group runs nothing privileged", name));
    }
    if (security != nullptr && security->contains("runAsUser")) {
      remarks().leave_out(
          fmt::format("container {}: runAsUser: it runs as the user that its image names", name));
    }
    if (fields_.object(&container, "lifecycle") != nullptr) {
      remarks().leave_out(
          fmt::format("container {}: lifecycle hooks: a container group has none", name));
    }
  }

  /// Deployments and their kind have `Always`; work that ends says so here.
  void take_restart_policy() {
    const std::string policy{fields_.text(spec_, "restartPolicy")};
    if (policy == "OnFailure") replica().restart = RestartPolicy::on_failure;
    if (policy == "Never") replica().restart = RestartPolicy::never;
  }

  void judge_pod() {
    for (const std::string_view shared : {"hostNetwork", "hostPID", "hostIPC"}) {
      if (fields_.flag(spec_, shared)) {
        remarks().block(fmt::format("{}: a container group has no node to share it with", shared));
      }
    }
    const Object* const os{fields_.object(spec_, "os")};
    const auto selector = fields_.text_map(spec_, "nodeSelector");
    const auto wanted = selector.find("kubernetes.io/os");
    const bool is_windows{fields_.text(os, "name") == "windows" ||
                          (wanted != selector.end() && wanted->second == "windows")};
    if (is_windows) remarks().block("it runs on Windows; burst replicas run on Linux");
    const bool has_account{!facts_.service_account.empty() && facts_.service_account != "default"};
    if (has_account) {
      remarks().leave_out(fmt::format(
          "service account {}: a burst replica gets no token of it, so calls to the API fail",
          facts_.service_account));
    }
    if (!fields_.objects(spec_, "hostAliases").empty()) {
      remarks().leave_out("hostAliases: a container group has none");
    }
    const Object* const security{fields_.object(spec_, "securityContext")};
    if (security != nullptr && security->contains("runAsUser")) {
      remarks().leave_out("runAsUser: containers run as the users that their images name");
    }
  }

  const TemplateSource& source_;
  FieldReader fields_{};
  const Object* spec_;
  PodVolumes volumes_;
  PodFacts facts_{};
  DerivedTemplate result_{};
};

}  // namespace

Result<DerivedTemplate> derive_replica(const TemplateSource& source) {
  return Deriver{source}.derive();
}

}  // namespace spillway::kubernetes
