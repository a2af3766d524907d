#include "controller/io/http_access.hpp"

#include <cstdint>
#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/io/base64.hpp"

namespace spillway::io {

namespace {

// A certificate chain or a token has a few KiB; anything beyond is the wrong file.
constexpr std::size_t file_limit{256 * 1024};

Result<std::string> optional_file(const std::string& path, std::string_view setting) {
  if (path.empty()) return std::string{};
  auto content{read_file(path, file_limit)};
  if (!content) return with_context(setting, content.error());
  return content;
}

std::string_view trimmed(std::string_view text) {
  const auto begin{text.find_first_not_of(" \t\r\n")};
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void replace_all(std::string& text, std::string_view secret) {
  // Too short to be a secret, and likely to occur by chance.
  if (secret.size() < 4) return;
  for (auto at{text.find(secret)}; at != std::string::npos; at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

}  // namespace

void describe(Fields& fields, HttpAccessSettings& settings) {
  fields.secret("bearer_token", settings.bearer_token, {},
                "Token for `Authorization: Bearer`. Write ${NAME} or file:/path.");
  fields.text("bearer_token_file", settings.bearer_token_file, {},
              "File with the bearer token, read anew each time: for tokens that rotate.");
  fields.text("username", settings.username, {.max_length = 256}, "User for basic authentication.");
  fields.secret("password", settings.password, {}, "Password for basic authentication.");
  fields.secret_map("headers", settings.headers, {},
                    "Headers to add to each request, such as X-Scope-OrgID.");
  fields.text("ca_file", settings.ca_file, {},
              "PEM file of the authorities to trust instead of the system's.");
  fields.text("certificate_file", settings.certificate_file, {},
              "PEM file of our own certificate, for mutual TLS.");
  fields.text("key_file", settings.key_file, {}, "PEM file of the certificate's private key.");
  fields.flag("insecure_skip_verify", settings.insecure_skip_verify,
              "Accept any certificate. For trials only.");
  const int ways{(settings.bearer_token.empty() ? 0 : 1) +
                 (settings.bearer_token_file.empty() ? 0 : 1) +
                 (settings.username.empty() ? 0 : 1)};
  fields.require(ways <= 1, "choose one of bearer_token, bearer_token_file and username");
  fields.require(settings.password.empty() || !settings.username.empty(),
                 "a password needs a username");
  fields.require(settings.certificate_file.empty() == settings.key_file.empty(),
                 "certificate_file and key_file belong together");
}

HttpAccess::HttpAccess(HttpAccessSettings settings) : settings_{std::move(settings)} {
  if (!settings_.bearer_token.empty()) {
    authorization_ = Secret{"Bearer " + settings_.bearer_token};
    token_ = Secret{settings_.bearer_token};
  } else if (!settings_.username.empty()) {
    const std::string pair{base64(settings_.username + ":" + settings_.password)};
    authorization_ = Secret{"Basic " + pair};
    token_ = Secret{pair};
  }
}

Result<TlsClientOptions> HttpAccess::tls_options() const {
  auto authorities{optional_file(settings_.ca_file, "ca_file")};
  if (!authorities) return authorities.error();
  auto certificate{optional_file(settings_.certificate_file, "certificate_file")};
  if (!certificate) return certificate.error();
  auto key{optional_file(settings_.key_file, "key_file")};
  if (!key) return key.error();
  return TlsClientOptions{.ca_pem = std::move(*authorities),
                          .certificate_pem = std::move(*certificate),
                          .key_pem = Secret{std::move(*key)},
                          .insecure_skip_verify = settings_.insecure_skip_verify};
}

Result<void> HttpAccess::refresh() {
  if (settings_.bearer_token_file.empty()) return {};
  const auto content{optional_file(settings_.bearer_token_file, "bearer_token_file")};
  if (!content) return content.error();
  const std::string_view token{trimmed(*content)};
  if (token.empty()) {
    return Error{Errc::malformed, "bearer_token_file: " + settings_.bearer_token_file +
                                      " is empty, expected a token"};
  }
  token_ = Secret{std::string{token}};
  authorization_ = Secret{"Bearer " + std::string{token}};
  return {};
}

void HttpAccess::authorize(HttpRequest& request) const {
  for (const auto& [name, value] : settings_.headers) request.headers.set(name, value);
  if (!authorization_.empty()) {
    request.headers.set("Authorization", std::string{authorization_.reveal()});
  }
}

Error HttpAccess::redact(Error error) const {
  replace_all(error.context, token_.reveal());
  replace_all(error.context, settings_.password);
  for (const auto& header : settings_.headers) replace_all(error.context, header.second);
  return error;
}

}  // namespace spillway::io
