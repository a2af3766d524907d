// The YAML file behind --config. Unknown keys and wrong values are errors that name line and
// column.
#pragma once

#include <string>

#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// `options` with what the file at `path` sets. Throws std::runtime_error: `file:line:column: ...`.
EmulatorOptions with_config_file(EmulatorOptions options, const std::string& path);

/// The same from a text; `name` stands for the file in errors.
EmulatorOptions with_config_text(EmulatorOptions options, const std::string& text,
                                 const std::string& name);

}  // namespace spillway::emulator
