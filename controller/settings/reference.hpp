// The settings reference as Markdown: one table per section, from the same declarations that read
// the file, so that it cannot be out of date.
#pragma once

#include <string>

#include "controller/core/fields.hpp"

namespace spillway::settings {

/// `describe` is called on scratch settings: writers of all types make values of each type.
std::string reference_markdown(const Fields::Describe& describe);

}  // namespace spillway::settings
