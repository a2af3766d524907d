// What a backtest found, in three forms: a table to read, JSON for scripts, a page with plots.
#pragma once

#include <string>
#include <vector>

#include "controller/backtest/contest.hpp"
#include "controller/backtest/timeline.hpp"

namespace spillway::cli {

/// A contest and its result; timelines only for the page: by load, then contender.
struct BacktestFindings {
  backtest::Contest contest{};
  backtest::ContestResult result{};
  std::vector<std::vector<std::vector<backtest::Stretch>>> timelines{};
  std::string world_name{};
};

std::string report_table(const BacktestFindings& findings);

/// One document; with a single trace the figures of the first policy also stand at its top.
std::string report_json(const BacktestFindings& findings);

/// One HTML file with data, script and style in it: needs no network to be looked at.
std::string report_page(const BacktestFindings& findings);

}  // namespace spillway::cli
