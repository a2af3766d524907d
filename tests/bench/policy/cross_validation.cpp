#include "tests/bench/policy/cross_validation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "tests/bench/policy/contenders.hpp"

namespace spillway::bench {
namespace {

using namespace backtest;

/// J30 over all loads but `left_out`; worse than any if there is none.
double j30_without(const std::vector<Score>& scores, std::size_t left_out) {
  std::vector<Score> others;
  for (std::size_t l{0}; l < scores.size(); ++l) {
    if (l != left_out) others.push_back(scores[l]);
  }
  return summarize(others).j30.value_or(std::numeric_limits<double>::max());
}

std::size_t best_without(const ContestResult& result, std::size_t left_out) {
  std::size_t best{0};
  for (std::size_t c{1}; c < result.scores.size(); ++c) {
    if (j30_without(result.scores[c], left_out) < j30_without(result.scores[best], left_out)) {
      best = c;
    }
  }
  return best;
}

}  // namespace

void print_cross_validation(const Contest& contest, int seeds) {
  constexpr std::size_t none{std::numeric_limits<std::size_t>::max()};
  fmt::print("\nchosen on all traces but one, judged on that one:\n");
  for (const Grid& grid : grids(contest.world)) {
    const Contest family{
        .world = contest.world, .loads = contest.loads, .contenders = grid.members, .seeds = seeds};
    const ContestResult result{hold(family)};
    std::vector<Score> judged;
    std::vector<double> j30s;
    std::set<std::string> chosen;
    for (std::size_t l{0}; l < contest.loads.size(); ++l) {
      const std::size_t best{best_without(result, l)};
      chosen.insert(grid.members[best].name);
      judged.push_back(result.scores[best][l]);
      j30s.push_back(judged.back().j30().value_or(1.0));
    }
    const std::size_t hindsight{best_without(result, none)};
    const Summary held_out{summarize(judged)};
    const Summary seen{summarize(result.scores[hindsight])};
    fmt::print(
        "  {}: J30 {:.2f}, late {:.2f} % (in hindsight {} with {:.2f}, {:.2f} %); chosen {}; J30 "
        "by "
        "trace {:.2f} to {:.2f}, median {:.2f}\n",
        grid.name, held_out.j30.value_or(0.0), 100.0 * held_out.late_share_mean,
        grid.members[hindsight].name, seen.j30.value_or(0.0), 100.0 * seen.late_share_mean,
        fmt::join(chosen, ", "), *std::min_element(j30s.begin(), j30s.end()),
        *std::max_element(j30s.begin(), j30s.end()), percentile(j30s, 0.5));
  }
}

}  // namespace spillway::bench
