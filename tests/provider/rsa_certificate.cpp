#include "tests/provider/rsa_certificate.hpp"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

namespace spillway::testing {

namespace {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* thing) const {
    free_it(thing);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

std::string text_of(BIO* bio) {
  char* data{nullptr};
  const long size{BIO_get_mem_data(bio, &data)};
  return {data, static_cast<std::size_t>(size)};
}

std::string digest_of(const X509* certificate, const EVP_MD* digest) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size{0};
  REQUIRE(X509_digest(certificate, digest, bytes.data(), &size) == 1);
  return {bytes.begin(), bytes.begin() + size};
}

}  // namespace

RsaCertificate make_rsa_certificate(std::string_view name, std::string_view password) {
  const Key key{EVP_RSA_gen(2048)};
  const Certificate certificate{X509_new()};
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 10L * 365 * 86'400);
  X509_NAME* const subject{X509_get_subject_name(certificate.get())};
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  X509_set_pubkey(certificate.get(), key.get());
  REQUIRE(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  RsaCertificate made{};
  const Bio key_text{BIO_new(BIO_s_mem())};
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(key_text.get(), key.get(),
                                        password.empty() ? nullptr : EVP_aes_256_cbc(),
                                        password.empty() ? nullptr : password.data(),
                                        static_cast<int>(password.size()), nullptr, nullptr) == 1);
  made.key_pem = text_of(key_text.get());
  const Bio certificate_text{BIO_new(BIO_s_mem())};
  REQUIRE(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1);
  made.certificate_pem = text_of(certificate_text.get());
  made.sha1 = digest_of(certificate.get(), EVP_sha1());
  made.sha256 = digest_of(certificate.get(), EVP_sha256());
  return made;
}

bool verifies(const RsaCertificate& certificate, bool is_pss, std::string_view text,
              std::string_view signature) {
  const Bio bio{BIO_new_mem_buf(certificate.certificate_pem.data(),
                                static_cast<int>(certificate.certificate_pem.size()))};
  const Certificate x509{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)};
  REQUIRE(x509 != nullptr);
  const Context context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* padding{nullptr};
  REQUIRE(EVP_DigestVerifyInit(context.get(), &padding, EVP_sha256(), nullptr,
                               X509_get0_pubkey(x509.get())) == 1);
  if (is_pss) {
    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 32);
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(text.data()),
                          text.size()) == 1;
}

std::string decode_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const std::size_t padding{(4 - text.size() % 4) % 4};
  text.append(padding, '=');
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 1);
  const int size{EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                 static_cast<int>(text.size()))};
  REQUIRE(size >= static_cast<int>(padding));
  return {bytes.begin(), bytes.begin() + size - static_cast<int>(padding)};
}

}  // namespace spillway::testing
