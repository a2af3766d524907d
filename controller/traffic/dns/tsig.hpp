// Transaction signatures (TSIG, RFC 8945): who asks is known by a shared key, and answers are known
// to be the server's. Pure: time is passed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/secret.hpp"
#include "controller/traffic/dns/message.hpp"
#include "controller/traffic/dns/settings.hpp"

namespace spillway::dns {

struct Key {
  std::string name{};  ///< lower case, without the dot at the end
  io::Secret secret{};
  Algorithm algorithm{Algorithm::hmac_sha256};
};

/// From settings that have been checked.
Key key_of(const KeySettings& settings);

struct SignedMessage {
  std::string bytes{};
  std::string code{};  ///< the answer's signature covers it
};

/// `bytes` with the signature as its last record. `now` in seconds since 1970.
SignedMessage sign(std::string bytes, const Key& key, std::int64_t now);

/// The errors that a signature's own error field has.
namespace tsig_error {
inline constexpr unsigned bad_signature{16};
inline constexpr unsigned bad_key{17};
inline constexpr unsigned bad_time{18};
}  // namespace tsig_error

/// A TSIG record taken apart.
struct Signature {
  std::string algorithm{};
  std::int64_t signed_at{0};
  std::uint16_t fudge{0};
  std::string code{};
  std::uint16_t original_id{0};
  unsigned error{0};
  std::string other{};  ///< the server's time, if `error` is bad_time
};

/// Error: `malformed`.
Result<Signature> parse_signature(const Record& record);

/// Checks an answer to what was signed with `request_code`. Errors: `malformed` (not signed at all,
/// or by another key), `denied` (the code is wrong, or too old).
Result<void> verify(std::string_view bytes, const Message& answer, const Key& key,
                    std::string_view request_code, std::int64_t now);

}  // namespace spillway::dns
