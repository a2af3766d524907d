// JSON as Azure writes it: 1.5, not 1.5E0 (which Boost.JSON writes, and some readers do not
// expect).
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace spillway::emulator {

std::string json_text(const boost::json::value& value);

}  // namespace spillway::emulator
