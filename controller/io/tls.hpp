// What TLS needs to know, as plain values; the TLS itself is in stream.cpp.
#pragma once

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

}  // namespace spillway::io
