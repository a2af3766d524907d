#include "controller/io/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/verify_context.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/tls_clients.hpp"

namespace spillway::io {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

namespace {

Error unusable(std::string_view what, const boost::system::error_code& failure) {
  return {Errc::bad_request, fmt::format("TLS: {}: {}; expected PEM", what, failure.message())};
}

asio::const_buffer bytes(std::string_view text) {
  return asio::buffer(text.data(), text.size());
}

Result<void> show_certificate(ssl::context& context, std::string_view certificate_pem,
                              const Secret& key_pem) {
  boost::system::error_code failure{};
  context.use_certificate_chain(bytes(certificate_pem), failure);
  if (failure) return unusable("the certificate", failure);
  context.use_private_key(bytes(key_pem.reveal()), ssl::context::pem, failure);
  if (failure) return unusable("the private key, or it is not the certificate's", failure);
  return {};
}

/// Empty if it has none, or one that is no plain text (a NUL in it would hide its end).
std::string common_name_of(X509* certificate) {
  std::array<char, 257> text{};
  const int size{X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                           text.data(), static_cast<int>(text.size()))};
  if (size <= 0) return {};
  const std::string_view name{text.data(), static_cast<std::size_t>(size)};
  return name.find('\0') == std::string_view::npos ? std::string{name} : std::string{};
}

std::shared_ptr<TlsContext> new_context(ssl::context::method method) {
  auto context = std::make_shared<TlsContext>(TlsContext{ssl::context{method}});
  SSL_CTX_set_min_proto_version(context->context.native_handle(), TLS1_2_VERSION);
  return context;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> make_client_tls(const TlsClientOptions& options) {
  auto context = new_context(ssl::context::tls_client);
  boost::system::error_code failure{};
  if (options.ca_pem.empty()) {
    context->context.set_default_verify_paths(failure);
    if (failure) return unusable("the system's certificate authorities", failure);
  } else {
    context->context.add_certificate_authority(bytes(options.ca_pem), failure);
    if (failure) return unusable("the certificate authority", failure);
  }
  context->context.set_verify_mode(options.insecure_skip_verify ? ssl::verify_none
                                                                : ssl::verify_peer);
  if (!options.certificate_pem.empty()) {
    const auto shown = show_certificate(context->context, options.certificate_pem, options.key_pem);
    if (!shown) return shown.error();
  }
  return context;
}

Result<std::shared_ptr<TlsContext>> make_server_tls(const TlsServerOptions& options) {
  auto context = new_context(ssl::context::tls_server);
  const auto shown = show_certificate(context->context, options.certificate_pem, options.key_pem);
  if (!shown) return shown.error();
  if (!options.client_ca_pem.empty()) {
    boost::system::error_code failure{};
    context->context.add_certificate_authority(bytes(options.client_ca_pem), failure);
    if (failure) return unusable("the clients' certificate authority", failure);
    context->context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

void admit_only(TlsContext& context, std::vector<std::string> common_names) {
  context.context.set_verify_callback(
      [names = std::move(common_names)](bool is_signed, ssl::verify_context& verified) {
        X509_STORE_CTX* const store{verified.native_handle()};
        const bool is_clients_own{X509_STORE_CTX_get_error_depth(store) == 0};
        if (!is_signed || !is_clients_own) return is_signed;
        const std::string name{common_name_of(X509_STORE_CTX_get_current_cert(store))};
        const bool is_named{!name.empty() && std::ranges::find(names, name) != names.end()};
        // What the client is told: bad certificate, rather than an internal error of ours.
        if (!is_named) X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return is_named;
      });
}

}  // namespace spillway::io
