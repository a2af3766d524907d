// A self-signed RSA certificate made on the spot, and the other side of a signature: what a login
// server does with an assertion. Independent of controller/io/signer.
#pragma once

#include <string>
#include <string_view>

namespace spillway::testing {

struct RsaCertificate {
  std::string key_pem{};  ///< PKCS #8, encrypted if there is a password
  std::string certificate_pem{};
  std::string sha1{};  ///< of the certificate in DER
  std::string sha256{};
};

/// Valid from yesterday for ten years.
RsaCertificate make_rsa_certificate(std::string_view name, std::string_view password = {});

/// True if `signature` over `text` is the key's: RSASSA-PSS or PKCS #1 v1.5, with SHA-256.
bool verifies(const RsaCertificate& certificate, bool is_pss, std::string_view text,
              std::string_view signature);

std::string decode_base64url(std::string text);

}  // namespace spillway::testing
