#include "controller/kubernetes/kubeconfig.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/yaml_json.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

class Parser {
 public:
  explicit Parser(std::string_view directory) : directory_{directory} {}

  Kubeconfig config(const json::object& document) {
    Kubeconfig config{};
    config.current_context = fields_.text(&document, "current-context");
    for (const auto& [name, body] : named(document, "clusters", "cluster")) {
      config.clusters.emplace(name, cluster(body));
    }
    for (const auto& [name, body] : named(document, "users", "user")) {
      config.users.emplace(name, user(body));
    }
    for (const auto& [name, body] : named(document, "contexts", "context")) {
      config.contexts.emplace(name, Context{.cluster = fields_.text(body, "cluster"),
                                            .user = fields_.text(body, "user"),
                                            .name_space = fields_.text(body, "namespace")});
    }
    return config;
  }

  const std::optional<Error>& mistake() const { return fields_.mistake(); }

 private:
  using Named = std::vector<std::pair<std::string, const json::object*>>;

  Named named(const json::object& document, std::string_view list, std::string_view body) {
    Named entries{};
    for (const json::object* const entry : fields_.objects(&document, list)) {
      const std::string name{fields_.text(entry, "name")};
      if (name.empty()) fields_.expected("a list of entries with a name", list);
      entries.emplace_back(name, fields_.object(entry, body));
    }
    return entries;
  }

  ClusterAccess cluster(const json::object* from) {
    ClusterAccess cluster{.server = fields_.text(from, "server"),
                          .tls_server_name = fields_.text(from, "tls-server-name"),
                          .insecure_skip_verify = yes(from, "insecure-skip-tls-verify"),
                          .proxy_url = fields_.text(from, "proxy-url")};
    cluster.ca = data_or_file(from, "certificate-authority");
    return cluster;
  }

  User user(const json::object* from) {
    User user{.token_file = file(from, "tokenFile"), .username = fields_.text(from, "username")};
    user.token = io::Secret{fields_.text(from, "token")};
    user.password = io::Secret{fields_.text(from, "password")};
    user.certificate = data_or_file(from, "client-certificate");
    user.key = data_or_file(from, "client-key");
    if (const json::object* const plugin{fields_.object(from, "exec")}) user.exec = exec(plugin);
    if (fields_.object(from, "auth-provider") != nullptr) {
      user.unsupported =
          "has an auth-provider, which Kubernetes removed in 1.26: use an exec plugin instead "
          "(for AKS: kubelogin convert-kubeconfig)";
    }
    return user;
  }

  ExecPlugin exec(const json::object* from) {
    ExecPlugin plugin{.api_version = fields_.text(from, "apiVersion"),
                      .command = fields_.text(from, "command"),
                      .arguments = fields_.texts(from, "args"),
                      .install_hint = fields_.text(from, "installHint"),
                      .provides_cluster_info = yes(from, "provideClusterInfo")};
    if (plugin.command.empty()) fields_.expected("the program to run", "exec.command");
    // A bare name is found in PATH; anything with a slash is relative to the file.
    if (plugin.command.find('/') != std::string::npos) plugin.command = placed(plugin.command);
    for (const json::object* const variable : fields_.objects(from, "env")) {
      plugin.environment[fields_.text(variable, "name")] = fields_.text(variable, "value");
    }
    return plugin;
  }

  DataOrFile data_or_file(const json::object* from, const std::string& key) {
    DataOrFile found{};
    const std::string data_key{key + "-data"};
    const std::string encoded{fields_.text(from, data_key)};
    if (auto decoded{io::decode_base64(encoded)}) {
      found.data = io::Secret{std::move(*decoded)};
    } else {
      fields_.expected("base64", data_key);
    }
    // Data wins over a file, as in kubectl.
    if (found.data.empty()) found.file = file(from, key);
    return found;
  }

  std::string file(const json::object* from, std::string_view key) {
    const std::string path{fields_.text(from, key)};
    return path.empty() ? path : placed(path);
  }

  std::string placed(const std::string& path) const {
    if (path.starts_with('/') || directory_.empty()) return path;
    return directory_ + "/" + path;
  }

  bool yes(const json::object* from, std::string_view key) {
    const std::string text{fields_.text(from, key)};
    if (text == "true" || text == "True" || text == "TRUE") return true;
    const bool is_no{text.empty() || text == "false" || text == "False" || text == "FALSE"};
    if (!is_no) fields_.expected("true or false", key);
    return false;
  }

  std::string directory_;
  FieldReader fields_{};
};

template <class T>
std::string names_of(const std::map<std::string, T>& entries) {
  if (entries.empty()) return "none";
  std::vector<std::string> names{};
  names.reserve(entries.size());
  for (const auto& entry : entries) names.push_back(entry.first);
  return fmt::format("{}", fmt::join(names, ", "));
}

Error unusable(std::string message) {
  return Error{Errc::bad_request, "kubeconfig: " + std::move(message)};
}

}  // namespace

Result<Kubeconfig> parse_kubeconfig(std::string_view text, std::string_view directory) {
  if (text.size() > kubeconfig_bytes_max) {
    return Error{Errc::too_large, "kubeconfig: larger than 1 MiB"};
  }
  const auto document{parse_yaml(text)};
  if (!document) return with_context("kubeconfig", document.error());
  Parser parser{directory};
  Kubeconfig config{parser.config(*document)};
  if (parser.mistake()) return with_context("kubeconfig", *parser.mistake());
  return config;
}

Kubeconfig merge(Kubeconfig first, Kubeconfig second) {
  first.clusters.merge(second.clusters);
  first.users.merge(second.users);
  first.contexts.merge(second.contexts);
  if (first.current_context.empty()) first.current_context = std::move(second.current_context);
  return first;
}

Result<Access> choose(const Kubeconfig& config, std::string_view context) {
  const std::string name{context.empty() ? config.current_context : std::string{context}};
  if (name.empty()) {
    return unusable("no current-context: set `context` to one of: " + names_of(config.contexts));
  }
  const auto chosen{config.contexts.find(name)};
  if (chosen == config.contexts.end()) {
    return unusable(
        fmt::format("there is no context \"{}\"; there are: {}", name, names_of(config.contexts)));
  }
  const auto cluster{config.clusters.find(chosen->second.cluster)};
  if (cluster == config.clusters.end()) {
    return unusable(fmt::format("context \"{}\" names the cluster \"{}\"; there are: {}", name,
                                chosen->second.cluster, names_of(config.clusters)));
  }
  const auto user{config.users.find(chosen->second.user)};
  if (user == config.users.end()) {
    return unusable(fmt::format("context \"{}\" names the user \"{}\"; there are: {}", name,
                                chosen->second.user, names_of(config.users)));
  }
  if (!cluster->second.server.starts_with("https://") &&
      !cluster->second.server.starts_with("http://")) {
    return unusable(fmt::format("the cluster \"{}\" has no server of the form https://HOST:PORT",
                                chosen->second.cluster));
  }
  if (!cluster->second.proxy_url.empty()) {
    return unusable(fmt::format("the cluster \"{}\" has a proxy-url, which Spillway does not use",
                                chosen->second.cluster));
  }
  if (!user->second.unsupported.empty()) {
    return unusable(
        fmt::format("the user \"{}\" {}", chosen->second.user, user->second.unsupported));
  }
  return Access{.context = name,
                .cluster = cluster->second,
                .user = user->second,
                .name_space = chosen->second.name_space};
}

std::optional<Access> in_cluster_access(std::string_view host, std::string_view port,
                                        std::string_view directory) {
  if (host.empty() || port.empty()) return std::nullopt;
  const bool is_ipv6{host.find(':') != std::string_view::npos};
  Access access{};
  access.cluster.server =
      fmt::format("https://{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
  access.cluster.ca.file = fmt::format("{}/ca.crt", directory);
  access.user.token_file = fmt::format("{}/token", directory);
  return access;
}

}  // namespace spillway::kubernetes
