#include "controller/kubernetes/exec_credential.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/time_text.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

bool is_supported_exec_version(std::string_view api_version) {
  return api_version == "client.authentication.k8s.io/v1" ||
         api_version == "client.authentication.k8s.io/v1beta1";
}

std::string exec_info(const ExecPlugin& plugin, const ClusterAccess& cluster,
                      std::string_view ca_pem) {
  json::object spec{};
  spec["interactive"] = false;
  if (plugin.provides_cluster_info) {
    json::object about{};
    about["server"] = cluster.server;
    if (!cluster.tls_server_name.empty()) about["tls-server-name"] = cluster.tls_server_name;
    if (cluster.insecure_skip_verify) about["insecure-skip-tls-verify"] = true;
    if (!ca_pem.empty()) about["certificate-authority-data"] = io::base64(ca_pem);
    spec["cluster"] = std::move(about);
  }
  json::object info{};
  info["kind"] = "ExecCredential";
  info["apiVersion"] = plugin.api_version;
  info["spec"] = std::move(spec);
  return json::serialize(info);
}

Result<Credential> parse_exec_credential(std::string_view printed, std::string_view api_version) {
  boost::system::error_code failure{};
  const json::value document = json::parse(printed, failure);
  if (failure || !document.is_object()) {
    return Error{Errc::malformed, fmt::format("printed {} bytes that are no JSON object: expected "
                                              "an ExecCredential",
                                              printed.size())};
  }
  FieldReader fields{};
  const json::object& root{document.get_object()};
  const std::string kind{fields.text(&root, "kind")};
  const std::string version{fields.text(&root, "apiVersion")};
  if (kind != "ExecCredential" || version != api_version) {
    return Error{Errc::malformed,
                 fmt::format("printed kind \"{}\" of \"{}\"; expected an ExecCredential of \"{}\"",
                             kind.substr(0, 60), version.substr(0, 60), api_version)};
  }
  const json::object* const status{fields.object(&root, "status")};
  Credential credential{};
  credential.token = io::Secret{fields.text(status, "token")};
  credential.certificate_pem = fields.text(status, "clientCertificateData");
  credential.key_pem = io::Secret{fields.text(status, "clientKeyData")};
  const std::string expires{fields.text(status, "expirationTimestamp")};
  if (fields.mistake()) return *fields.mistake();
  if (!expires.empty()) {
    credential.expires_at = parse_time(expires);
    if (!credential.expires_at) {
      return Error{Errc::malformed, "printed an expirationTimestamp that is no time"};
    }
  }
  if (credential.certificate_pem.empty() != credential.key_pem.empty()) {
    return Error{
        Errc::malformed,
        "printed only one of clientCertificateData and clientKeyData: they belong together"};
  }
  if (credential.token.empty() && credential.certificate_pem.empty()) {
    return Error{Errc::malformed, "printed neither a token nor a client certificate"};
  }
  return credential;
}

}  // namespace spillway::kubernetes
