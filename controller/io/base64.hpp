// Base64 in its two alphabets (RFC 4648): the usual one with padding for certificates and headers,
// the URL-safe one without for JSON web tokens. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::io {

/// Example: `any?` gives `YW55Pw==`.
std::string base64(std::string_view bytes);

/// `-` and `_` for `+` and `/`, no padding. Example: `any?` gives `YW55Pw`.
std::string base64url(std::string_view bytes);

/// The bytes that `text` stands for in the usual alphabet, with padding; line breaks are skipped.
/// Nothing for anything else. Example: `YW55Pw==` gives `any?`.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace spillway::io
