// The protocol of credential plugins (client.authentication.k8s.io): what a plugin is told and what
// it prints. Pure; it is run by credentials.cpp. AKS, EKS and GKE hand out kubeconfigs with one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/secret.hpp"
#include "controller/kubernetes/kubeconfig.hpp"

namespace spillway::kubernetes {

/// What shows who we are, until it expires.
struct Credential {
  io::Secret token{};
  std::string certificate_pem{};
  io::Secret key_pem{};
  std::optional<TimePoint> expires_at{};  ///< nothing: good until it is refused
};

/// True for the versions of the protocol that are understood: v1, v1beta1.
bool is_supported_exec_version(std::string_view api_version);

/// The value of KUBERNETES_EXEC_INFO: what the plugin may know of the cluster, if it asks for it.
/// `ca_pem` is the authority's text, wherever it came from.
std::string exec_info(const ExecPlugin& plugin, const ClusterAccess& cluster,
                      std::string_view ca_pem);

/// What the plugin printed. Errors: `malformed` (no ExecCredential of this version, neither token
/// nor certificate, a time that is none). The text itself never gets into an error: it is a secret.
Result<Credential> parse_exec_credential(std::string_view printed, std::string_view api_version);

}  // namespace spillway::kubernetes
