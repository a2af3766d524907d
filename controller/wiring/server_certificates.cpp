#include "controller/wiring/server_certificates.hpp"

#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/wiring/kubelet.hpp"

namespace spillway::wiring {
namespace {

constexpr std::size_t api_pem_bytes_max{std::size_t{1} << 20U};

}  // namespace

Result<io::TlsServerOptions> api_tls(const settings::ApiConfig& api) {
  auto certificate{io::read_file(api.tls_certificate, api_pem_bytes_max)};
  if (!certificate) return with_context("api.tls_certificate", certificate.error());
  auto key{io::read_file(api.tls_key, api_pem_bytes_max)};
  if (!key) return with_context("api.tls_key", key.error());
  return io::TlsServerOptions{.certificate_pem = std::move(*certificate),
                              .key_pem = io::Secret{std::move(*key)}};
}

Result<void> renew_certificates(const settings::Config& config, io::HttpServer* api,
                                io::HttpServer* kubelet) {
  if (api != nullptr && !config.api.tls_certificate.empty()) {
    const auto tls{api_tls(config.api)};
    if (!tls) return tls.error();
    const auto renewed{api->renew_tls(*tls)};
    if (!renewed) return with_context("api.tls_certificate", renewed.error());
  }
  if (kubelet != nullptr && config.virtual_node.has_kubelet) {
    const auto tls{kubelet_tls(config.virtual_node)};
    if (!tls) return tls.error();
    const auto renewed{kubelet->renew_tls(*tls)};
    if (!renewed) return with_context("virtual_node.kubelet", renewed.error());
  }
  return {};
}

}  // namespace spillway::wiring
