#include "controller/backtest/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "controller/backtest/random.hpp"

namespace spillway::backtest {
namespace {

/// So many candidates are played at once; later ones learn from earlier ones.
constexpr std::size_t batch_size{12};
/// An advantage counts as held if at least this share of it is left on the part held out.
constexpr double held_share{0.5};

/// J30; of a load that could have been served for nothing: what was spent in its place, in burst
/// replicas that run all the time. Otherwise waste on a quiet load would look like perfection.
double j30_of(const Score& score, const World& world) {
  if (const auto j30{score.j30()}) return *j30;
  const double replica_usd{burst_price(world.burst).per_hour.usd() * 24.0 * score.days};
  return 1.0 + score.objective_usd / std::max(1e-9, replica_usd);
}

Judged judged(const std::vector<Score>& scores, const World& world) {
  Judged judged{.late_share = summarize(scores).late_share_mean};
  double logs{0.0};
  for (const Score& each : scores) {
    judged.cost_usd += each.burst_cost_usd;
    logs += std::log(std::max(1e-9, j30_of(each, world)));
  }
  judged.j30 = std::exp(logs / std::max(1.0, static_cast<double>(scores.size())));
  return judged;
}

std::vector<Judged> play(const std::vector<Candidate>& candidates, const std::vector<Load>& loads,
                         const World& world, const BuildWith& build, int seeds) {
  Contest contest{.world = world, .loads = loads, .seeds = seeds};
  contest.contenders.reserve(candidates.size());
  for (const Candidate& each : candidates) {
    contest.contenders.push_back(
        {.build = [&build, values = each.values](const Load&) { return build(values); }});
  }
  std::vector<Judged> all;
  all.reserve(candidates.size());
  for (const auto& scores : hold(contest).scores) all.push_back(judged(scores, world));
  return all;
}

/// Draws candidates: far from the configured settings at first, near the best ones later.
class Search {
 public:
  Search(const std::vector<Knob>& knobs, std::uint64_t seed) : knobs_{knobs}, dice_{seed} {}

  std::vector<double> far_from(const std::vector<double>& values) { return moved(values, 1.0); }
  std::vector<double> near(const std::vector<double>& values) { return moved(values, 0.25); }
  std::size_t pick(std::size_t count) {
    return std::min(count - 1, static_cast<std::size_t>(draw() * static_cast<double>(count)));
  }

 private:
  double draw() { return dice_.uniform(Stream::arrivals, drawn_++); }

  /// Each knob moves with probability one half, by up to `reach` of its range on a log scale.
  std::vector<double> moved(std::vector<double> values, double reach) {
    for (std::size_t i{0}; i < knobs_.size(); ++i) {
      const Knob& knob{knobs_[i]};
      const bool moves{draw() < 0.5 || knobs_.size() == 1};
      const double share{2.0 * draw() - 1.0};
      if (!moves) continue;
      const double low{std::log(std::max(knob.low, knob.high * 1e-6))};
      const double middle{std::log(values[i])};
      const double span{share < 0.0 ? middle - low : std::log(knob.high) - middle};
      double next{std::exp(middle + share * reach * span)};
      // Three digits: a setting that somebody has to read.
      const double unit{std::pow(10.0, std::floor(std::log10(next)) - 2.0)};
      next = knob.is_whole ? std::round(next) : std::round(next / unit) * unit;
      values[i] = std::clamp(next, knob.low, knob.high);
    }
    return values;
  }

  const std::vector<Knob>& knobs_;
  Dice dice_;
  std::uint64_t drawn_{0};
};

bool has(const std::vector<Candidate>& all, const std::vector<double>& values) {
  return std::ranges::any_of(all, [&](const Candidate& each) { return each.values == values; });
}

/// `chosen` with every knob back where it was that makes no difference to the part seen: a person
/// who reads the proposal shall not wonder what a number without effect is good for.
Candidate simplified(Candidate chosen, const std::vector<double>& configured,
                     const std::vector<Load>& seen, const World& world, const BuildWith& build,
                     int seeds) {
  constexpr double no_worse{1.0005};
  for (std::size_t i{0}; i < configured.size(); ++i) {
    if (chosen.values[i] == configured[i]) continue;
    Candidate simpler{.values = chosen.values};
    simpler.values[i] = configured[i];
    simpler.seen = play({simpler}, seen, world, build, seeds).front();
    if (simpler.seen.j30 <= no_worse * chosen.seen.j30) chosen = std::move(simpler);
  }
  return chosen;
}

bool is_better_on_both(const Candidate& each, const Candidate& current) {
  return each.seen.j30 < current.seen.j30 && each.held_out.j30 < current.held_out.j30;
}

/// The lowest J30 on the part seen: of those that are better than `current` on the part held out
/// as well, or of all if none is. The part held out refuses and never ranks: it stays a judge.
std::size_t choice(const std::vector<Candidate>& front, const Candidate& current) {
  const auto rank{[&](const Candidate& each) {
    return std::pair{!is_better_on_both(each, current), each.seen.j30};
  }};
  const auto best{std::ranges::min_element(front, {}, rank)};
  return static_cast<std::size_t>(best - front.begin());
}

std::string warning_of(const Tuning& tuning, double days) {
  const Candidate& current{tuning.current};
  const Candidate& chosen{tuning.front[tuning.chosen]};
  std::string words{};
  const double seen{1.0 - chosen.seen.j30 / current.seen.j30};
  const double held{1.0 - chosen.held_out.j30 / current.held_out.j30};
  const auto lowest{std::ranges::min_element(tuning.front, {},
                                             [](const Candidate& each) { return each.seen.j30; })};
  if (tuning.is_better && !is_better_on_both(*lowest, current)) {
    words = fmt::format(
        "overfitting: the lowest J30 where it was chosen, {:.2f}, is {:.2f} where it was not; the "
        "lowest that is better than what is configured on both parts is taken",
        lowest->seen.j30, lowest->held_out.j30);
  } else if (seen > 0.01 && held < held_share * seen) {
    words = fmt::format(
        "overfitting: J30 is {:.0f} % better where it was chosen, and {:.0f} % {} "
        "where it was not",
        100.0 * seen, 100.0 * std::abs(held), held < 0.0 ? "worse" : "better");
  }
  if (days < 3.0) {
    words += fmt::format(
        "{}only {:.1f} days to choose by: settings for weekends, or for rare "
        "bursts, cannot be learnt from them",
        words.empty() ? "" : "; ", days);
  }
  return words;
}

}  // namespace

Load slice(const Load& load, int begin, int end) {
  Load part{.name = load.name,
            .held_rps = load.held_rps,
            .base = load.base,
            .begins = load.begins + std::chrono::seconds{begin}};
  part.rps.assign(load.rps.begin() + begin, load.rps.begin() + end);
  part.need.assign(load.need.begin() + begin, load.need.begin() + end);
  part.total_requests = std::accumulate(part.rps.begin(), part.rps.end(), 0.0);
  return part;
}

std::vector<Candidate> pareto_front(std::vector<Candidate> candidates) {
  std::ranges::stable_sort(candidates, [](const Candidate& a, const Candidate& b) {
    return std::pair{a.seen.cost_usd, a.seen.late_share} <
           std::pair{b.seen.cost_usd, b.seen.late_share};
  });
  std::vector<Candidate> front;
  for (Candidate& each : candidates) {
    if (front.empty() || each.seen.late_share < front.back().seen.late_share) {
      front.push_back(std::move(each));
    }
  }
  return front;
}

Tuning tune(const std::vector<Load>& loads, const World& world, std::vector<Knob> knobs,
            const BuildWith& build, const TuningSettings& settings, const Progress& progress) {
  Tuning tuning{.knobs = std::move(knobs)};
  std::vector<Load> seen;
  std::vector<Load> held_out;
  double days{0.0};
  for (const Load& load : loads) {
    const int cut{static_cast<int>((1.0 - settings.hold_out_share) * load.seconds())};
    seen.push_back(slice(load, 0, cut));
    held_out.push_back(slice(load, cut, load.seconds()));
    days = std::max(days, cut / 86'400.0);
  }

  std::vector<double> configured;
  configured.reserve(tuning.knobs.size());
  for (const Knob& knob : tuning.knobs) configured.push_back(knob.value);
  const auto wanted{static_cast<std::size_t>(std::max(1, settings.evaluations))};
  Search search{tuning.knobs, settings.seed};
  std::vector<Candidate> played;
  std::vector<Candidate> batch{{.values = configured}};
  while (!batch.empty()) {
    const auto results{play(batch, seen, world, build, settings.seeds)};
    for (std::size_t i{0}; i < batch.size(); ++i) batch[i].seen = results[i];
    std::ranges::move(batch, std::back_inserter(played));
    batch.clear();
    if (progress) progress(played.size(), wanted);
    if (tuning.knobs.empty()) break;
    const auto front{pareto_front(played)};
    const std::size_t room{std::min(batch_size, wanted - std::min(wanted, played.size()))};
    for (std::size_t tries{0}; tries < 10 * batch_size && batch.size() < room; ++tries) {
      const bool explores{2 * played.size() < wanted};
      auto values{explores ? search.far_from(configured)
                           : search.near(front[search.pick(front.size())].values)};
      if (!has(played, values) && !has(batch, values))
        batch.push_back({.values = std::move(values)});
    }
  }

  tuning.tried = played.size();
  tuning.front = pareto_front(played);
  tuning.current = played.front();
  const auto judge{[&](const std::vector<Candidate>& candidates) {
    return play(candidates, held_out, world, build, settings.seeds);
  }};
  const auto results{judge(tuning.front)};
  for (std::size_t i{0}; i < tuning.front.size(); ++i) tuning.front[i].held_out = results[i];
  tuning.current.held_out = judge({tuning.current}).front();
  tuning.chosen = choice(tuning.front, tuning.current);
  Candidate& chosen{tuning.front[tuning.chosen]};
  Candidate simpler{simplified(chosen, configured, seen, world, build, settings.seeds)};
  simpler.held_out = judge({simpler}).front();
  // Simpler is taken unless it throws the advantage away; one that comes down to what is
  // configured never was one.
  const bool is_lost{is_better_on_both(chosen, tuning.current) &&
                     !is_better_on_both(simpler, tuning.current) && simpler.values != configured};
  if (!is_lost) chosen = std::move(simpler);
  tuning.is_better = is_better_on_both(chosen, tuning.current);
  tuning.warning = warning_of(tuning, days);
  return tuning;
}

}  // namespace spillway::backtest
