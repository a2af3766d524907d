// Base64 in its two alphabets (RFC 4648): the usual one with padding for certificates and headers,
// the URL-safe one without for JSON web tokens. Encoding only. Pure.
#pragma once

#include <string>
#include <string_view>

namespace spillway::io {

/// Example: `any?` gives `YW55Pw==`.
std::string base64(std::string_view bytes);

/// `-` and `_` for `+` and `/`, no padding. Example: `any?` gives `YW55Pw`.
std::string base64url(std::string_view bytes);

}  // namespace spillway::io
