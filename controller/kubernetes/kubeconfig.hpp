// A kubeconfig file as values: clusters, users, contexts, and the choice of one of them. Pure:
// files that it names are only named here, plugins only described. No legacy `auth-provider`
// (removed from Kubernetes in 1.26): it is refused with what to do.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/secret.hpp"

namespace spillway::kubernetes {

/// A kubeconfig larger than this is none.
inline constexpr std::size_t kubeconfig_bytes_max{1U << 20U};

/// A text that is in the config itself (already decoded from base64) or in a file.
struct DataOrFile {
  io::Secret data{};
  std::string file{};  ///< absolute, or relative to the working directory

  bool empty() const { return data.empty() && file.empty(); }
};

/// A program that prints a credential: client.authentication.k8s.io.
struct ExecPlugin {
  std::string api_version{};
  std::string command{};  ///< a path, or a name to be found in PATH
  std::vector<std::string> arguments{};
  std::map<std::string, std::string> environment{};
  std::string install_hint{};
  bool provides_cluster_info{false};
};

/// Who we are, in the order of preference: plugin, token, token file, password; a client
/// certificate may come with each of them.
struct User {
  io::Secret token{};
  std::string token_file{};  ///< read anew: such files rotate
  std::string username{};
  io::Secret password{};
  DataOrFile certificate{};
  DataOrFile key{};
  std::optional<ExecPlugin> exec{};
  std::string unsupported{};  ///< what this user needs and we do not have; empty: nothing
};

struct ClusterAccess {
  std::string server{};           ///< https://HOST:PORT[/PATH]
  std::string tls_server_name{};  ///< the name the certificate is for, if not that of `server`
  DataOrFile ca{};
  bool insecure_skip_verify{false};
  std::string proxy_url{};
};

struct Context {
  std::string cluster{};
  std::string user{};
  std::string name_space{};
};

struct Kubeconfig {
  std::map<std::string, ClusterAccess> clusters{};
  std::map<std::string, User> users{};
  std::map<std::string, Context> contexts{};
  std::string current_context{};
};

/// Everything needed to talk to one API server.
struct Access {
  std::string context{};  ///< for messages; empty: in-cluster
  ClusterAccess cluster{};
  User user{};
  std::string name_space{};  ///< the context's; empty: none given
};

/// Reads YAML or JSON. Relative file names in it become relative to `directory`. Error:
/// `malformed`, with line and column or the path of the field: not YAML, a wrong type, base64 that
/// is none, an entry without a name.
Result<Kubeconfig> parse_kubeconfig(std::string_view text, std::string_view directory);

/// Several files as one, as KUBECONFIG=a:b means it: the first to have a name wins.
Kubeconfig merge(Kubeconfig first, Kubeconfig second);

/// The access that `context` (empty: the current one) stands for. Error: `bad_request`, naming what
/// there is to choose from: no such context, no such cluster or user, a server without https.
Result<Access> choose(const Kubeconfig& config, std::string_view context);

/// What a pod finds about its own cluster: server from the variables KUBERNETES_SERVICE_HOST and
/// _PORT, token, authority and namespace from files below `directory`. Nothing if a variable is
/// empty.
std::optional<Access> in_cluster_access(std::string_view host, std::string_view port,
                                        std::string_view directory);

inline constexpr std::string_view service_account_directory{
    "/var/run/secrets/kubernetes.io/serviceaccount"};

}  // namespace spillway::kubernetes
