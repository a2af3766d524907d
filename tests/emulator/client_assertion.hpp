// Signed assertions in place of a client secret: a JWT under a certificate that is registered for
// the client (RS256 or PS256), or the token of another issuer that the client trusts (workload
// identity federation). Checks them as Entra ID does; issues nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/units.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// Why an assertion is refused: the AADSTS number and a sentence.
struct AssertionError {
  int number;
  std::string text;
};

/// Nothing if `assertion` proves to be `client` at `now`. `audiences` are the URLs under which
/// this authority is known: the `aud` that a certificate's assertion must name.
std::optional<AssertionError> check_assertion(const std::string& assertion, const Client& client,
                                              const std::vector<std::string>& audiences,
                                              TimePoint now);

/// The PEM text of `path`. Throws std::runtime_error if there is no certificate in it.
std::string read_certificate_file(const std::string& path);

/// Whether `pem` holds at least one readable certificate: asked when the options are read.
bool is_certificate(const std::string& pem);

}  // namespace spillway::emulator
