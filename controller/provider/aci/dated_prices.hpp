// List prices that came with the program: config/prices/aci.csv, compiled in by the build.
#pragma once

#include <string_view>

namespace spillway::aci {

/// As PriceBook::from_table reads it.
std::string_view dated_price_table();

}  // namespace spillway::aci
