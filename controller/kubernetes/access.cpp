#include "controller/kubernetes/access.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "controller/io/atomic_file.hpp"

namespace spillway::kubernetes {

namespace {

/// Certificates, keys and tokens are a few kilobytes.
constexpr std::size_t credential_bytes_max{std::size_t{1} << 18U};

Result<Kubeconfig> read_kubeconfig(const std::string& path) {
  const auto text = io::read_file(path, kubeconfig_bytes_max);
  if (!text) return with_context("kubeconfig", text.error());
  auto config{parse_kubeconfig(*text, std::filesystem::path{path}.parent_path().string())};
  if (!config) return with_context(path, config.error());
  return config;
}

/// The files of a KUBECONFIG variable as one.
Result<Kubeconfig> read_listed(std::string_view paths) {
  std::optional<Kubeconfig> all{};
  while (!paths.empty()) {
    const std::size_t end{paths.find(':')};
    const std::string path{paths.substr(0, end)};
    paths.remove_prefix(end == std::string_view::npos ? paths.size() : end + 1);
    if (path.empty()) continue;
    auto config = read_kubeconfig(path);
    if (!config && config.error().code == Errc::not_found) continue;
    if (!config) return config.error();
    all = all ? merge(std::move(*all), std::move(*config)) : std::move(*config);
  }
  if (!all) {
    return Error{Errc::bad_request, "kubeconfig: none of the files that KUBECONFIG names exists"};
  }
  return std::move(*all);
}

Result<Access> chosen(const Result<Kubeconfig>& config, const std::string& context) {
  if (!config) return config.error();
  return choose(*config, context);
}

Access direct_access(const ConnectionSettings& settings) {
  Access access{};
  access.cluster.server = settings.server;
  access.cluster.ca.file = settings.ca_file;
  access.user.token_file = settings.token_file;
  access.user.certificate.file = settings.certificate_file;
  access.user.key.file = settings.key_file;
  return access;
}

}  // namespace

Variables process_variables() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* const value{std::getenv(std::string{name}.c_str())};
    if (value == nullptr) return std::nullopt;
    return std::string{value};
  };
}

Result<Access> find_access(const ConnectionSettings& settings, const Variables& variables,
                           std::string_view account_directory) {
  if (!settings.server.empty()) return direct_access(settings);
  if (!settings.kubeconfig.empty()) {
    return chosen(read_kubeconfig(settings.kubeconfig), settings.context);
  }
  const std::string listed{variables("KUBECONFIG").value_or("")};
  if (!listed.empty()) return chosen(read_listed(listed), settings.context);
  if (auto in_cluster{in_cluster_access(variables("KUBERNETES_SERVICE_HOST").value_or(""),
                                        variables("KUBERNETES_SERVICE_PORT").value_or(""),
                                        account_directory)}) {
    const auto name_space =
        io::read_file(fmt::format("{}/namespace", account_directory), credential_bytes_max);
    if (name_space) in_cluster->name_space = *name_space;
    return std::move(*in_cluster);
  }
  const std::string home{variables("HOME").value_or("")};
  const std::string usual{home + "/.kube/config"};
  std::error_code ignored{};
  if (!home.empty() && std::filesystem::exists(usual, ignored)) {
    return chosen(read_kubeconfig(usual), settings.context);
  }
  return Error{
      Errc::bad_request,
      "no way to the API server: set `kubeconfig` or `server`; KUBECONFIG is not set, this "
      "is no pod (KUBERNETES_SERVICE_HOST is not set), and there is no ~/.kube/config"};
}

Result<io::Secret> text_of(const DataOrFile& source) {
  if (source.file.empty()) return source.data;
  auto text = io::read_file(source.file, credential_bytes_max);
  if (!text) return text.error();
  return io::Secret{std::move(*text)};
}

}  // namespace spillway::kubernetes
