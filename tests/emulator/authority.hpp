// The identity service: issues tokens to configured clients and checks those that come back.
// Tokens are HS256 JWTs under a key that lives as long as the emulator.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/options.hpp"
#include "tests/emulator/router.hpp"

namespace spillway::emulator {

class Authority {
 public:
  Authority(const EmulatorOptions& options, std::string key);

  struct Token {
    std::string text;
    int expires_in;  ///< seconds
  };
  Token issue(const std::string& base_url, const Client& client, const std::string& audience,
              TimePoint shown_now) const;

  /// The client id a request acts as; 401 with the reason if its token is missing, foreign or
  /// expired.
  Outcome<std::string> check(const Request& request, TimePoint shown_now) const;

  /// The configured client, or nothing.
  const Client* find_client(std::string_view id) const;
  bool knows_tenant(std::string_view tenant) const;
  const EmulatorOptions& options() const { return options_; }

  /// Every token issued so far is refused from now on, as after a revocation.
  void revoke_all() { ++key_version_; }

 private:
  std::string sign(const std::string& text) const;

  const EmulatorOptions& options_;
  std::vector<Client> clients_;
  std::string key_;
  int key_version_{0};
};

/// Token endpoints and the discovery documents that clients read before they use them.
std::span<const Route> authority_routes();

}  // namespace spillway::emulator
