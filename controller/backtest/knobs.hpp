// The numbers among a policy's settings, as something that can be searched: names, values and the
// ranges in which to look, by its own declarations (Fields). Texts, choices and flags stay as they
// are, and so do numbers that are 0, which mostly means off.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"

namespace spillway::backtest {

/// One number; durations in seconds. It is searched from a quarter to four times its value, within
/// the range that the setting allows.
struct Knob {
  std::string path{};  ///< `behavior.scale_down_window`
  double value{0.0};
  double low{0.0};
  double high{0.0};
  bool is_whole{false};
  bool is_duration{false};
};

std::vector<Knob> find_knobs(const Fields::Describe& describe);

/// True for a setting that says what is so or what is promised (`metric_delay`, `late_share`): a
/// search that moved it would win by assuming another world, or by promising less. `type` is the
/// policy's, `path` is from its settings on.
bool is_fact(std::string_view type, std::string_view path);

/// Writes `values` (by path) into what `describe` declares; the rest stays.
void set_knobs(const Fields::Describe& describe, const std::map<std::string, double>& values);

/// As the config file writes it: `0.7`, `12`, `1m30s`.
std::string written(const Knob& knob, double value);

}  // namespace spillway::backtest
