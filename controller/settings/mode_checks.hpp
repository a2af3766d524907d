// What the mode asks for: whose groups they are, what they run, and where.
#pragma once

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

void check_mode(CheckContext& context);

}  // namespace spillway::settings
