// An RSA key, with or without its certificate, as it signs: for JSON web tokens that prove who we
// are. The key never leaves this object and is never printed. Knows nothing of who is to be
// convinced.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/secret.hpp"

namespace spillway::io {

/// Both over SHA-256: RS256 is RSASSA-PKCS1-v1_5, PS256 is RSASSA-PSS with a salt of 32 bytes
/// (RFC 7518, sections 3.3 and 3.5).
enum class SignatureKind { ps256, rs256 };

class Signer {
 public:
  /// `pem` holds one private key and its certificate, in any order; further certificates are the
  /// chain. `password` opens an encrypted key. Error: `bad_request`, saying what is missing, that
  /// the key is not RSA, that it does not belong to the certificate, or that the password is wrong.
  static Result<Signer> from_pem(std::string_view pem, const Secret& password);

  /// `pem` holds one private key, and nothing else of it is read: thumbprints and chain are empty
  /// then, and it never ends. Error: `bad_request`, as above.
  static Result<Signer> from_key(std::string_view pem);

  Signer(Signer&&) noexcept;
  Signer& operator=(Signer&&) noexcept;
  ~Signer();

  /// The signature's bytes. Error: `unavailable`, with OpenSSL's words.
  Result<std::string> sign(SignatureKind kind, std::string_view text) const;

  /// Digests of the certificate in DER: 20 and 32 bytes.
  const std::string& sha1_thumbprint() const;
  const std::string& sha256_thumbprint() const;

  /// The certificate and then its chain, each in DER.
  const std::vector<std::string>& chain_der() const;

  /// When the certificate ends.
  TimePoint expires_at() const;

 private:
  struct State;
  explicit Signer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace spillway::io
