// The texts of `aci-emulator --help`: enough to use it without reading anything else.
#pragma once

#include <string_view>

namespace spillway::emulator {

extern const std::string_view help_intro;
extern const std::string_view help_details;

}  // namespace spillway::emulator
