// How an adapter shows itself to a server that somebody else runs: bearer token, basic
// authentication, own headers, TLS with our own certificate. One settings section for all of them.
// No OAuth here. Whatever is secret never leaves through an error: see `redact`.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/core/fields.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/secret.hpp"

namespace spillway::io {

struct HttpAccessSettings {
  std::string bearer_token{};
  std::string bearer_token_file{};  ///< read anew for each round of requests: such files rotate
  std::string username{};           ///< with `password`: basic authentication
  std::string password{};
  std::map<std::string, std::string> headers{};
  std::string ca_file{};           ///< empty: the system's authorities
  std::string certificate_file{};  ///< with `key_file`: mutual TLS
  std::string key_file{};
  bool insecure_skip_verify{false};
};

/// Declares these settings in the section of the adapter that has them.
void describe(Fields& fields, HttpAccessSettings& settings);

class HttpAccess {
 public:
  explicit HttpAccess(HttpAccessSettings settings);

  /// The files that TLS needs, read now. Errors: those of `read_file`, naming the setting.
  Result<TlsClientOptions> tls_options() const;

  /// Reads `bearer_token_file`, if there is one. Call it before a round of requests; on an error
  /// the last token stays in use. Errors: those of `read_file`, `malformed` for an empty file.
  Result<void> refresh();

  /// Adds the headers that authenticate. A header already set is replaced.
  void authorize(HttpRequest& request) const;

  /// The error with every secret of ours replaced by `***`, should a server have echoed one.
  Error redact(Error error) const;

 private:
  HttpAccessSettings settings_;
  Secret token_;
  Secret authorization_;  // the whole value of the header
};

}  // namespace spillway::io
