#include "controller/io/hmac.hpp"

#include <fmt/format.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::hmac_test {

namespace {

std::string hexadecimal(const std::string& bytes) {
  std::string text{};
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

TEST_CASE("codes are those of RFC 4231, test case 2") {
  const io::Secret key{"Jefe"};
  const std::string text{"what do ya want for nothing?"};
  CHECK(hexadecimal(io::hmac(io::Digest::sha256, key, text)) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hexadecimal(io::hmac(io::Digest::sha384, key, text)) ==
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
        "8e2240ca5e69e2c78b3239ecfab21649");
  CHECK(hexadecimal(io::hmac(io::Digest::sha512, key, text)) ==
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

TEST_CASE("an empty key makes a code, too, and codes are compared as a whole") {
  CHECK(io::hmac(io::Digest::sha256, io::Secret{}, "a").size() == 32);
  CHECK(io::is_same_code("ab", "ab"));
  CHECK_FALSE(io::is_same_code("ab", "ac"));
  CHECK_FALSE(io::is_same_code("ab", "abc"));
}

}  // namespace spillway::hmac_test
