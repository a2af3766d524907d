#include "tests/support/service_token.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <stdexcept>

namespace spillway::testing {

namespace json = boost::json;

namespace {

template <auto free_function>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};

using KeyOwner = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, Release<BIO_free_all>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;

std::string content_of(BIO* memory) {
  char* bytes{nullptr};
  const long size{BIO_get_mem_data(memory, &bytes)};
  return {bytes, static_cast<std::size_t>(size)};
}

/// The bytes of a part of a token; nothing for a letter that does not belong there.
std::optional<std::string> decoded(std::string_view part) {
  std::string usual{part};
  std::ranges::replace(usual, '-', '+');
  std::ranges::replace(usual, '_', '/');
  const std::size_t padding{(4 - usual.size() % 4) % 4};
  usual.append(padding, '=');
  std::string bytes(usual.size(), '\0');
  const int size{EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                 reinterpret_cast<const unsigned char*>(usual.data()),
                                 static_cast<int>(usual.size()))};
  if (size < static_cast<int>(padding)) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace

RsaPair make_rsa_pair() {
  const KeyOwner key{EVP_RSA_gen(2048)};
  const Memory secret{BIO_new(BIO_s_mem())};
  const Memory open{BIO_new(BIO_s_mem())};
  const bool is_written{PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0,
                                                 nullptr, nullptr) == 1 &&
                        PEM_write_bio_PUBKEY(open.get(), key.get()) == 1};
  if (!is_written) throw std::runtime_error{"OpenSSL makes no key"};
  return {.private_pem = content_of(secret.get()), .public_pem = content_of(open.get())};
}

std::optional<json::object> verified_claims(std::string_view token, const std::string& public_pem) {
  const std::size_t first{token.find('.')};
  const std::size_t second{token.rfind('.')};
  if (first == std::string_view::npos || first == second) return std::nullopt;
  const auto header = decoded(token.substr(0, first));
  const auto claims = decoded(token.substr(first + 1, second - first - 1));
  const auto signature = decoded(token.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  const Memory memory{BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size()))};
  const KeyOwner key{PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr)};
  const Digest context{EVP_MD_CTX_new()};
  const std::string_view text{token.substr(0, second)};
  const bool is_right{
      key && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature->data()),
                       signature->size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size()) == 1};
  boost::system::error_code failure{};
  const json::value head = json::parse(*header, failure);
  if (failure || !is_right || head.at("alg").as_string() != "RS256") return std::nullopt;
  return json::parse(*claims).as_object();
}

}  // namespace spillway::testing
