// What TLS needs to know, as plain values, checked once at the start; the TLS itself is in
// stream.cpp.
#pragma once

#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/secret.hpp"

namespace spillway::io {

/// How a client trusts servers and shows itself. All texts are PEM.
struct TlsClientOptions {
  std::string ca_pem{};              ///< trusted authorities; empty = those of the system
  std::string certificate_pem{};     ///< our certificate chain for mutual TLS; empty = none
  Secret key_pem{};                  ///< its private key
  bool insecure_skip_verify{false};  ///< accept any certificate: for trials only
};

/// How a server shows itself. All texts are PEM.
struct TlsServerOptions {
  std::string certificate_pem{};
  Secret key_pem{};
  std::string client_ca_pem{};  ///< if given, clients need a certificate by this authority
};

/// Options made ready for use: certificates parsed, keys checked.
struct TlsContext;

/// TLS 1.2 or later. Error: `bad_request`, saying which PEM text is unusable and why.
Result<std::shared_ptr<TlsContext>> make_client_tls(const TlsClientOptions& options);
Result<std::shared_ptr<TlsContext>> make_server_tls(const TlsServerOptions& options);

}  // namespace spillway::io
