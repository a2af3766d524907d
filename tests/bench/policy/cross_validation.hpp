// Choosing a setting on some traces and judging it on the others: what is left of an advantage that
// was found by looking.
#pragma once

#include "controller/backtest/contest.hpp"

namespace spillway::bench {

/// For each family of settings: leaves out one trace at a time, chooses the setting with the lowest
/// J30 on the others, and judges it on the one left out. Prints the J30 and lateness so reached
/// beside those of the best setting in hindsight, and how far the choices differ.
void print_cross_validation(const backtest::Contest& contest, int seeds);

}  // namespace spillway::bench
