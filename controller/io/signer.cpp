#include "controller/io/signer.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <utility>

#include "controller/io/openssl_handles.hpp"

namespace spillway::io {

using openssl::Bio;
using openssl::Certificate;
using openssl::DigestContext;
using openssl::Key;

namespace {

constexpr std::size_t chain_max{10};

Error unusable(std::string_view why) {
  return {Errc::bad_request, fmt::format("client certificate: {}", why)};
}

/// The oldest error that OpenSSL remembers; forgets all of them.
std::string openssl_says() {
  std::array<char, 160> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return text.data();
}

Bio reader_of(std::string_view pem) {
  return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

/// OpenSSL asks here for the password of an encrypted key.
int give_password(char* buffer, int size, int /*for_writing*/, void* password) {
  const std::string_view text{static_cast<const Secret*>(password)->reveal()};
  if (text.empty() || std::cmp_greater(text.size(), size)) return -1;
  std::copy(text.begin(), text.end(), buffer);
  return static_cast<int>(text.size());
}

Result<Key> read_key(std::string_view pem, const Secret& password) {
  const Bio bio{reader_of(pem)};
  Secret shown{password};
  Key key{PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &shown)};
  if (!key) {
    ERR_clear_error();
    const bool is_encrypted{pem.find("ENCRYPTED") != std::string_view::npos};
    return Error{Errc::bad_request, is_encrypted
                                        ? "the private key cannot be opened with this password"
                                        : "there is no private key in the PEM file"};
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return Error{Errc::bad_request, "the key is not an RSA key"};
  }
  return Result<Key>{std::move(key)};
}

std::vector<Certificate> read_certificates(std::string_view pem) {
  const Bio bio{reader_of(pem)};
  std::vector<Certificate> found{};
  while (found.size() < chain_max) {
    Certificate next{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
    if (!next) break;
    found.push_back(std::move(next));
  }
  ERR_clear_error();  // the end of the file is an error to OpenSSL
  return found;
}

std::string digest_of(const X509& certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size{0};
  if (X509_digest(&certificate, digest, bytes.data(), &size) != 1) return {};
  return {bytes.begin(), bytes.begin() + size};
}

std::string der_of(X509& certificate) {
  const int size{i2d_X509(&certificate, nullptr)};
  if (size <= 0) return {};
  std::string bytes(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(bytes.data());
  i2d_X509(&certificate, &at);
  return bytes;
}

TimePoint end_of(const X509& certificate) {
  std::tm broken_down{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &broken_down) != 1) return {};
  return TimePoint{std::chrono::seconds{timegm(&broken_down)}};
}

}  // namespace

struct Signer::State {
  Key key{};
  std::string sha1{};
  std::string sha256{};
  std::vector<std::string> chain{};
  TimePoint expires_at{};
};

Signer::Signer(std::unique_ptr<State> state) : state_{std::move(state)} {}
Signer::Signer(Signer&&) noexcept = default;
Signer& Signer::operator=(Signer&&) noexcept = default;
Signer::~Signer() = default;

Result<Signer> Signer::from_pem(std::string_view pem, const Secret& password) {
  if (std::cmp_greater(pem.size(), std::numeric_limits<int>::max())) return unusable("too large");
  auto key = read_key(pem, password);
  if (!key) return unusable(key.error().context);
  auto certificates = read_certificates(pem);
  if (certificates.empty()) return unusable("there is no certificate in the PEM file");
  // Files made by hand have their parts in any order: the key's own certificate leads the chain.
  const auto own = std::find_if(
      certificates.begin(), certificates.end(),
      [&](const Certificate& each) { return X509_check_private_key(each.get(), key->get()) == 1; });
  ERR_clear_error();
  if (own == certificates.end()) return unusable("the private key belongs to no certificate in it");
  std::rotate(certificates.begin(), own, own + 1);
  X509& first{*certificates.front()};
  auto state = std::make_unique<State>();
  state->key = std::move(*key);
  state->sha1 = digest_of(first, EVP_sha1());
  state->sha256 = digest_of(first, EVP_sha256());
  state->expires_at = end_of(first);
  for (const Certificate& each : certificates) state->chain.push_back(der_of(*each));
  return Signer{std::move(state)};
}

Result<Signer> Signer::from_key(std::string_view pem) {
  if (std::cmp_greater(pem.size(), std::numeric_limits<int>::max())) {
    return Error{Errc::bad_request, "private key: too large"};
  }
  auto key = read_key(pem, Secret{});
  if (!key) return with_context("private key", key.error());
  auto state = std::make_unique<State>();
  state->key = std::move(*key);
  state->expires_at = TimePoint::max();
  return Signer{std::move(state)};
}

Result<std::string> Signer::sign(SignatureKind kind, std::string_view text) const {
  const Error failed{Errc::unavailable, "signing: "};
  const DigestContext context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* padding{nullptr};  // owned by `context`
  bool is_ready{
      EVP_DigestSignInit(context.get(), &padding, EVP_sha256(), nullptr, state_->key.get()) == 1};
  if (kind == SignatureKind::ps256) {
    is_ready = is_ready && EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  if (!is_ready) return Error{failed.code, failed.context + openssl_says()};
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size{0};
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return Error{failed.code, failed.context + openssl_says()};
  }
  std::string signature(size, '\0');
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  if (EVP_DigestSign(context.get(), into, &size, bytes, text.size()) != 1) {
    return Error{failed.code, failed.context + openssl_says()};
  }
  signature.resize(size);
  return signature;
}

const std::string& Signer::sha1_thumbprint() const {
  return state_->sha1;
}
const std::string& Signer::sha256_thumbprint() const {
  return state_->sha256;
}
const std::vector<std::string>& Signer::chain_der() const {
  return state_->chain;
}
TimePoint Signer::expires_at() const {
  return state_->expires_at;
}

}  // namespace spillway::io
