// Text as Azure compares it: resource ids, regions and header names without regard to case.
// ASCII only, independent of the locale.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::emulator {

std::string lower_text(std::string_view text);

/// Equal without regard to ASCII case.
bool equal_text(std::string_view a, std::string_view b);

/// True if `text` matches `pattern`, where `*` stands for any run of characters; without case.
bool matches_glob(std::string_view pattern, std::string_view text);

/// `West US 2` and `westus2` are the same region: lower case, without blanks.
std::string region_name(std::string_view text);

/// A GUID made of `text`: the same one in every run.
std::string stable_guid(std::string_view text);

/// RFC 4648 base64 with the URL alphabet and without padding.
std::string base64_url(std::string_view bytes);

/// The bytes of `text`; nothing if it has a character outside the URL alphabet.
std::optional<std::string> from_base64_url(std::string_view text);

}  // namespace spillway::emulator
