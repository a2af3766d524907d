#include "tests/support/certificates.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "controller/core/error.hpp"

namespace spillway::testing {

namespace {

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Pointer = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;

Key new_key() {
  Key key{EVP_EC_gen("P-256")};
  SPILLWAY_ASSERT(key != nullptr);
  return key;
}

std::string text_of(BIO* bio) {
  char* data{nullptr};
  const long size{BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data)};
  return {data, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate) {
  const Bio bio{BIO_new(BIO_s_mem())};
  SPILLWAY_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem(EVP_PKEY* key) {
  const Bio bio{BIO_new(BIO_s_mem())};
  SPILLWAY_ASSERT(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
                  1);
  return text_of(bio.get());
}

void extend(X509* certificate, int kind, const std::string& value) {
  const Extension extension{X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str())};
  SPILLWAY_ASSERT(extension != nullptr);
  SPILLWAY_ASSERT(X509_add_ext(certificate, extension.get(), -1) == 1);
}

X509Pointer new_certificate(const std::string& name, EVP_PKEY* key) {
  static long serial{1};
  X509Pointer certificate{X509_new()};
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 24 * 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  return certificate;
}

}  // namespace

struct Authority::State {
  Key key;
  X509Pointer certificate;
  std::string pem_text;
};

Authority::Authority(const std::string& name) {
  Key key{new_key()};
  X509Pointer certificate{new_certificate(name, key.get())};
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  SPILLWAY_ASSERT(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  std::string text{pem(certificate.get())};
  state_ = std::make_unique<State>(State{std::move(key), std::move(certificate), std::move(text)});
}

Authority::~Authority() = default;

const std::string& Authority::certificate_pem() const {
  return state_->pem_text;
}

Certificate Authority::issue(const std::string& alternative_names) const {
  const Key key{new_key()};
  const X509Pointer certificate{new_certificate("spillway test", key.get())};
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(state_->certificate.get()));
  extend(certificate.get(), NID_subject_alt_name, alternative_names);
  SPILLWAY_ASSERT(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) > 0);
  return {.certificate_pem = pem(certificate.get()), .key_pem = pem(key.get())};
}

}  // namespace spillway::testing
