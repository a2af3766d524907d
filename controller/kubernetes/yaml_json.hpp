// YAML as kubeconfig files are written, turned into JSON values; JSON itself is YAML, too. The only
// place besides the settings that touches the YAML library. Accepts any bytes; whatever is wrong
// becomes an error and never an exception or a crash.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::kubernetes {

/// The map that `text` holds. Every scalar becomes a text as it is written, an absent one null:
/// whoever reads it knows what it should be. Error: `malformed`, with line and column: not YAML, no
/// map, several documents, a key twice, deeper than 32 levels, an anchor or alias (kubeconfig files
/// have none, and they can blow up a reader).
Result<boost::json::object> parse_yaml(std::string_view text);

}  // namespace spillway::kubernetes
