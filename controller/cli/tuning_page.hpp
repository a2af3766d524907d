// The result of a search as one HTML file: cost against lateness, seen and held out, as plain SVG.
#pragma once

#include <string>

#include "controller/backtest/tuning.hpp"

namespace spillway::cli {

/// `proposal` is the difference to what is configured, or why there is none.
std::string tuning_page(const std::string& name, const backtest::Tuning& tuning,
                        const std::string& proposal);

}  // namespace spillway::cli
