#include "controller/io/self_signed.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "controller/io/openssl_handles.hpp"

namespace spillway::io {

using openssl::Bio;
using openssl::Certificate;
using openssl::Extension;
using openssl::Key;

namespace {

constexpr long day_s{24L * 3600L};
constexpr long years_10_s{3650L * day_s};

Error failed(Errc code, std::string_view step) {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_get_error(), words.data(), words.size());
  return {code, "making a certificate: " + std::string{step} + ": " + words.data()};
}

std::string text_of(BIO* bio) {
  char* data{nullptr};
  const long size{BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data)};
  return {data, static_cast<std::size_t>(size)};
}

/// A serial number that no other certificate of ours has: clients refuse two with the same one.
bool set_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  std::uint64_t serial{0};
  for (const unsigned char byte : bytes) serial = serial << 8U | byte;
  return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U) == 1;
}

}  // namespace

Result<TlsServerOptions> self_signed(const std::string& alternative_names) {
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate{X509_new()};
  if (!key || !certificate) return failed(Errc::unavailable, "a key");
  constexpr std::string_view name{"spillway"};
  X509_set_version(certificate.get(), 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), years_10_s);
  X509_NAME* const subject{X509_get_subject_name(certificate.get())};
  const std::string common_name{name};
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  const Extension names{
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_names.c_str())};
  if (!names) return failed(Errc::bad_request, "the names " + alternative_names);
  const bool is_made{set_serial(certificate.get()) &&
                     X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                     X509_add_ext(certificate.get(), names.get(), -1) == 1 &&
                     X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0};
  if (!is_made) return failed(Errc::unavailable, "signing");
  const Bio certificate_text{BIO_new(BIO_s_mem())};
  const Bio key_text{BIO_new(BIO_s_mem())};
  const bool is_written{certificate_text && key_text &&
                        PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1 &&
                        PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr) == 1};
  if (!is_written) return failed(Errc::unavailable, "writing");
  TlsServerOptions options{};
  options.certificate_pem = text_of(certificate_text.get());
  options.key_pem = Secret{text_of(key_text.get())};
  return options;
}

}  // namespace spillway::io
