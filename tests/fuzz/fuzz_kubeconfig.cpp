// Kubeconfig files, and what credential plugins print.

#include <string>

#include "controller/kubernetes/exec_credential.hpp"
#include "controller/kubernetes/kubeconfig.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_kubeconfig {

SPILLWAY_FUZZ_TARGET(kubeconfig, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  if (const auto config = kubernetes::parse_kubeconfig(text, "/home/anna/.kube")) {
    for (const auto& [name, context] : config->contexts) {
      if (const auto access = kubernetes::choose(*config, name)) {
        SPILLWAY_ASSERT(access->cluster.server.starts_with("http"));
        SPILLWAY_ASSERT(access->cluster.proxy_url.empty());
      }
    }
  }
  const std::string version{"client.authentication.k8s.io/v1"};
  if (const auto credential = kubernetes::parse_exec_credential(text, version)) {
    SPILLWAY_ASSERT(!credential->token.empty() || !credential->key_pem.empty());
  }
  return 0;
}

}  // namespace spillway::fuzz_kubeconfig
