#include "tests/emulator/client_assertion.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

template <class T, void (*destroy)(T*)>
struct Free {
  void operator()(T* object) const { destroy(object); }
};
void free_bio(BIO* bio) {
  BIO_free(bio);
}
using Bio = std::unique_ptr<BIO, Free<BIO, free_bio>>;
using Certificate = std::unique_ptr<X509, Free<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY, EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX, EVP_MD_CTX_free>>;

Certificate read_certificate(const std::string& pem) {
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  return Certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
}

Key read_public_key(const std::string& pem) {
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  return Key{PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)};
}

/// `x5t` (SHA-1) or `x5t#S256`: how an assertion names its certificate.
std::string thumbprint(X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size{0};
  X509_digest(certificate, digest, bytes.data(), &size);
  return base64_url({reinterpret_cast<const char*>(bytes.data()), size});
}

/// MSAL and ADAL of Python pad theirs.
std::string without_padding(std::string text) {
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

struct Jwt {
  std::string signed_part;  ///< header.payload
  std::string signature;
  json::object header;
  json::object claims;
};

std::optional<json::object> read_part(std::string_view text) {
  const auto decoded{from_base64_url(text)};
  if (!decoded) return std::nullopt;
  boost::system::error_code error;
  json::value value(json::parse(*decoded, error));
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<Jwt> read_jwt(const std::string& text) {
  const std::size_t first{text.find('.')}, last{text.rfind('.')};
  if (first == std::string::npos || first == last) return std::nullopt;
  const std::string_view view{text};
  auto header{read_part(view.substr(0, first))};
  auto claims{read_part(view.substr(first + 1, last - first - 1))};
  auto signature{from_base64_url(view.substr(last + 1))};
  if (!header || !claims || !signature) return std::nullopt;
  return Jwt{.signed_part = text.substr(0, last),
             .signature = *std::move(signature),
             .header = *std::move(header),
             .claims = *std::move(claims)};
}

bool is_signed_by(const Jwt& jwt, EVP_PKEY* key) {
  const std::string algorithm{text_at(jwt.header, "alg")};
  const bool pss{algorithm == "PS256"};
  if (key == nullptr || (!pss && algorithm != "RS256") || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
    return false;
  const Digest context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* parameters{nullptr};  // belongs to the digest context
  if (EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key) != 1)
    return false;
  if (pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  const auto bytes{
      [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }};
  return EVP_DigestVerify(context.get(), bytes(jwt.signature), jwt.signature.size(),
                          bytes(jwt.signed_part), jwt.signed_part.size()) == 1;
}

std::optional<AssertionError> check_times(const Jwt& jwt, TimePoint now) {
  const double seconds_now{static_cast<double>(
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count())};
  constexpr double leeway{300};  // Entra ID allows clocks to differ by five minutes
  const auto expires{number_at(jwt.claims, "exp")};
  const double begins{number_at(jwt.claims, "nbf").value_or(seconds_now)};
  if (!expires || seconds_now > *expires + leeway || seconds_now < begins - leeway) {
    return AssertionError{700024, "Client assertion is not within its valid time range."};
  }
  return std::nullopt;
}

std::vector<std::string> audiences_of(const Jwt& jwt) {
  if (const std::string one{text_at(jwt.claims, "aud")}; !one.empty()) return {one};
  std::vector<std::string> several;
  for (const json::value& audience : array_at(jwt.claims, "aud")) {
    if (audience.is_string()) several.emplace_back(audience.get_string());
  }
  return several;
}

std::optional<AssertionError> check_certificate(const Jwt& jwt, const Client& client,
                                                const std::vector<std::string>& known) {
  if (!equal_text(text_at(jwt.claims, "iss"), client.id) ||
      !equal_text(text_at(jwt.claims, "sub"), client.id)) {
    return AssertionError{700021,
                          "Client assertion application identifier doesn't match 'client_id' "
                          "parameter."};
  }
  const auto audiences{audiences_of(jwt)};
  if (std::none_of(audiences.begin(), audiences.end(), [&](const std::string& audience) {
        return std::any_of(known.begin(), known.end(),
                           [&](const std::string& url) { return equal_text(url, audience); });
      })) {
    return AssertionError{700023,
                          "Client assertion audience claim does not match Realm issuer. Review the "
                          "documentation at "
                          "https://learn.microsoft.com/entra/identity-platform/certificate-"
                          "credentials ."};
  }
  for (const std::string& pem : client.certificates) {
    const Certificate certificate{read_certificate(pem)};
    if (!certificate) continue;
    const std::string sha1{without_padding(text_at(jwt.header, "x5t"))};
    const std::string sha256{without_padding(text_at(jwt.header, "x5t#S256"))};
    const bool named{(!sha1.empty() && sha1 == thumbprint(certificate.get(), EVP_sha1())) ||
                     (!sha256.empty() && sha256 == thumbprint(certificate.get(), EVP_sha256()))};
    if (!named) continue;
    if (is_signed_by(jwt, X509_get0_pubkey(certificate.get()))) return std::nullopt;
    return AssertionError{700027, "Client assertion failed signature validation."};
  }
  return AssertionError{700027,
                        fmt::format("The certificate with identifier used to sign the client "
                                    "assertion is not registered on application '{}'.",
                                    client.id)};
}

/// Whether one trust of the client is in this assertion's issuer, subject and audience.
bool is_trusted(const Jwt& jwt, const Federation& trust) {
  const auto audiences{audiences_of(jwt)};
  return matches_glob(trust.issuer, text_at(jwt.claims, "iss")) &&
         matches_glob(trust.subject, text_at(jwt.claims, "sub")) &&
         std::find(audiences.begin(), audiences.end(), trust.audience) != audiences.end();
}

}  // namespace

std::optional<AssertionError> check_assertion(const std::string& assertion, const Client& client,
                                              const std::vector<std::string>& audiences,
                                              TimePoint now) {
  const auto jwt{read_jwt(assertion)};
  if (!jwt) return AssertionError{50027, "JWT token is invalid or malformed."};
  if (auto error{check_times(*jwt, now)}) return error;
  if (equal_text(text_at(jwt->claims, "iss"), client.id) || jwt->header.contains("x5t") ||
      jwt->header.contains("x5t#S256")) {
    return check_certificate(*jwt, client, audiences);
  }
  for (const Federation& trust : client.federations) {
    if (!is_trusted(*jwt, trust)) continue;
    if (trust.public_key.empty()) return std::nullopt;
    if (is_signed_by(*jwt, read_public_key(trust.public_key).get())) return std::nullopt;
    return AssertionError{7000272, "Client assertion failed signature validation."};
  }
  return AssertionError{
      70021, fmt::format("No matching federated identity record found for presented assertion. "
                         "Assertion Issuer: '{}'. Assertion Subject: '{}'. Assertion Audience: "
                         "'{}'.",
                         text_at(jwt->claims, "iss"), text_at(jwt->claims, "sub"),
                         fmt::join(audiences_of(*jwt), ", "))};
}

std::string read_certificate_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream content;
  if (!file || !(content << file.rdbuf()) || !is_certificate(content.str())) {
    throw std::runtime_error{fmt::format("{}: not a readable PEM certificate", path)};
  }
  return content.str();
}

bool is_certificate(const std::string& pem) {
  return read_certificate(pem) != nullptr;
}

}  // namespace spillway::emulator
