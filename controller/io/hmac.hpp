// Message authentication codes (HMAC, RFC 2104) through OpenSSL.
#pragma once

#include <string>
#include <string_view>

#include "controller/io/secret.hpp"

namespace spillway::io {

enum class Digest { sha256, sha384, sha512 };

/// The code's bytes: 32, 48 or 64 of them.
std::string hmac(Digest digest, const Secret& key, std::string_view text);

/// Takes the same time wherever the two differ.
bool is_same_code(std::string_view a, std::string_view b);

}  // namespace spillway::io
