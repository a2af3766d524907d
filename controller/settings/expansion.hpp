// `${NAME}` and `${NAME:-default}` in the values of a config file, and `file:/path` for secrets. A
// dollar that is to stay is written `$${NAME}`; a lone `$` stays as it is.
#pragma once

#include <string>
#include <string_view>

#include "controller/settings/environment.hpp"
#include "controller/settings/value_parsers.hpp"

namespace spillway::settings {

/// True if `text` asks for anything of the environment.
bool refers_to_environment(std::string_view text);

/// `text` with its variables. Problem: a variable that is not set, or a reference that is none.
/// Example: `${PORT:-8080}` is `8080` unless PORT is set; set but empty counts as set.
Parsed<std::string> expand(std::string_view text, const Environment& environment);

/// A secret: expanded, and read from its file if it says `file:path` (relative to `config_file`),
/// without one newline at the end. Problems, besides: a file that cannot be read, and a secret that
/// comes out empty unless `${NAME:-}` allows it. A problem never contains the secret.
Parsed<std::string> read_secret(std::string_view text, std::string_view config_file,
                                const Environment& environment);

}  // namespace spillway::settings
