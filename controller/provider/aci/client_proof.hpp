// How an application proves to Microsoft Entra who it is: the form fields beside its client id.
// A secret, an assertion signed with a certificate, or a token that somebody else vouches for
// (workload identity). Files are read anew for each token, since they are rotated under us.
#pragma once

#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/random.hpp"
#include "controller/io/secret.hpp"
#include "controller/io/signer.hpp"
#include "controller/io/url.hpp"

namespace spillway::aci {

class ClientProof {
 public:
  virtual ~ClientProof() = default;

  /// The fields for one request at `now`. Errors: `denied` for a file that is missing, empty or
  /// unusable, with its path: a person must act, and until then nothing is changed.
  virtual Result<io::QueryParams> fields(TimePoint now) = 0;
};

/// `client_secret`.
std::unique_ptr<ClientProof> secret_proof(io::Secret secret);

/// `client_assertion` = the content of `token_file`, without surrounding white space.
std::unique_ptr<ClientProof> federated_proof(std::string token_file);

struct CertificateProof {
  std::string pem_file{};  ///< key and certificate
  io::Secret password{};   ///< of an encrypted key
  io::SignatureKind signature{io::SignatureKind::ps256};
  bool sends_chain{false};  ///< puts the chain into the header, for trust by subject and issuer
  std::string client_id{};
  std::string audience{};  ///< the URL of the token endpoint
};

/// `client_assertion` = a JSON web token, signed anew for each request. `random` must outlive it.
std::unique_ptr<ClientProof> certificate_proof(CertificateProof proof, io::Random& random);

/// The assertion: header with `alg` and the certificate's thumbprint (`x5t#S256` with PS256, `x5t`
/// with RS256), claims `aud`, `iss` = `sub` = client id, `jti` = `id`, `nbf` = `iat` = `now`, and
/// `exp` ten minutes later. Pure but for the signature, which PS256 salts. Error: of the signing.
Result<std::string> client_assertion(const io::Signer& signer, const CertificateProof& proof,
                                     const std::string& id, TimePoint now);

}  // namespace spillway::aci
