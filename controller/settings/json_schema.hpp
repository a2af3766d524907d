// The settings as a JSON Schema (draft 2020-12), from the same declarations that read the file: for
// completion and checks in an editor. Weaker than the reader: rules over several settings and names
// that must exist elsewhere are left to `spillway check`.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "controller/core/fields.hpp"

namespace spillway::settings {

/// `describe` is called on scratch settings: all types of a family are visited.
boost::json::object json_schema(const Fields::Describe& describe);

/// The schema with two blanks of indentation, ending with a newline.
std::string json_schema_text(const Fields::Describe& describe);

}  // namespace spillway::settings
