// Certificates made on the spot for tests: an authority, and what it vouches for. EC P-256, valid
// from an hour ago for a day. Never for anything but tests.
#pragma once

#include <memory>
#include <string>

namespace spillway::testing {

struct Certificate {
  std::string certificate_pem{};
  std::string key_pem{};
};

class Authority {
 public:
  /// `name` is its common name.
  explicit Authority(const std::string& name);
  ~Authority();

  const std::string& certificate_pem() const;

  /// A certificate for `alternative_names` in OpenSSL's words: `DNS:localhost,IP:127.0.0.1`.
  Certificate issue(const std::string& alternative_names) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spillway::testing
