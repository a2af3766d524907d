// What the other side of a service account does: keys, and JSON web tokens that are checked with
// the public one. By OpenSSL alone: shares no code with what makes such tokens.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::testing {

struct RsaPair {
  std::string private_pem{};
  std::string public_pem{};
};

/// Of 2048 bits; takes a tenth of a second.
RsaPair make_rsa_pair();

/// The claims of a token whose header says RS256 and whose signature is right; nothing otherwise.
std::optional<boost::json::object> verified_claims(std::string_view token,
                                                   const std::string& public_pem);

}  // namespace spillway::testing
