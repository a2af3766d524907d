#include "controller/io/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "controller/core/error.hpp"

namespace spillway::io {

namespace {

const EVP_MD* algorithm_of(Digest digest) {
  switch (digest) {
    case Digest::sha256:
      return EVP_sha256();
    case Digest::sha384:
      return EVP_sha384();
    case Digest::sha512:
      return EVP_sha512();
  }
  return EVP_sha256();
}

}  // namespace

std::string hmac(Digest digest, const Secret& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
  std::array<unsigned char, 1> nothing{};
  unsigned int size{0};
  const std::string_view bytes{key.reveal()};
  const void* const key_bytes{bytes.empty() ? static_cast<const void*>(nothing.data())
                                            : static_cast<const void*>(bytes.data())};
  const unsigned char* const made{
      HMAC(algorithm_of(digest), key_bytes, static_cast<int>(bytes.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), code.data(), &size)};
  SPILLWAY_ASSERT(made != nullptr);  // fails for want of memory only
  return {code.begin(), code.begin() + size};
}

bool is_same_code(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace spillway::io
