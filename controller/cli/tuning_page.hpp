// The result of a search as one HTML file: cost against lateness, seen and held out, as plain SVG.
#pragma once

#include <string>

#include "controller/backtest/tuning.hpp"

namespace spillway::cli {

std::string tuning_page(const std::string& name, const backtest::Tuning& tuning,
                        const std::string& diff);

}  // namespace spillway::cli
