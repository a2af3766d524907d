#include "policies/latency/auto/combination.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/number_pairs.hpp"

namespace spillway::autopilot {
namespace {

constexpr double forget_past{0.9995};  // half in 1400 slots, 6 hours
constexpr double pull_to_zero{0.02};   // squared departures: a dozen slots of 4 % outweigh it
constexpr double farthest_learned{1.0};
constexpr std::size_t means{2};      // the first of the forecasters
constexpr double most_unusual{4.0};  // times the usual departure of a mean
constexpr double lowest_combined{-0.9};
constexpr double highest_combined{1.5};

double at(const std::array<double, forecaster_count>& forecasts, Forecaster which) {
  return forecasts[static_cast<std::size_t>(which)];
}

static_assert(static_cast<std::size_t>(Forecaster::latest) == Combination::size);

using Pairs = NumberPairs<Combination::size>;

}  // namespace

Combination::Row Combination::departures(const std::array<double, forecaster_count>& forecasts,
                                         double offset) {
  const double latest{at(forecasts, Forecaster::latest)};
  const double base{latest + offset};
  Row found{};
  for (std::size_t i{0}; i < size; ++i) {
    found[i] = std::clamp((forecasts[i] - latest) / base, -farthest_learned, farthest_learned);
  }
  return found;
}

double Combination::usual_most(std::size_t i) const {
  const double squares{products_[i][i] + pull_to_zero};
  return most_unusual * std::sqrt(squares / std::max(1.0, slots_));
}

Combination::Departures Combination::fill(Forecasts& forecasts, std::size_t leads,
                                          double offset) const {
  std::array<double, means> most{};
  for (std::size_t i{0}; i < means; ++i) most[i] = usual_most(i);
  Departures all{};
  for (std::size_t lead{0}; lead < leads; ++lead) {
    all[lead] = departures(forecasts[lead], offset);
    const Row& each{all[lead]};
    double sum{0.0};
    for (std::size_t i{0}; i < size; ++i) {
      sum += weights_[i] * (i < means ? std::clamp(each[i], -most[i], most[i]) : each[i]);
    }
    const double latest{at(forecasts[lead], Forecaster::latest)};
    const double combined{latest +
                          std::clamp(sum, lowest_combined, highest_combined) * (latest + offset)};
    forecasts[lead][static_cast<std::size_t>(Forecaster::combined)] = std::max(0.0, combined);
  }
  return all;
}

void Combination::learn(const Row& departures, double latest, double came, double weight,
                        double offset) {
  const double answer{
      std::clamp((came - latest) / (latest + offset), -farthest_learned, farthest_learned)};
  const Pairs others{pairs_of(departures)};
  for (std::size_t i{0}; i < size; ++i) {
    const double weighted{weight * departures[i]};
    Pairs row{pairs_of(products_[i])};
    for (std::size_t p{0}; p < row.size(); ++p) row[p] += both(weighted) * others[p];
    products_[i] = numbers_of(row);
    answers_[i] += weighted * answer;
  }
}

void Combination::update() {
  // Cholesky without roots: products + pull = l * d * transposed l, with ones on the diagonal of l;
  // then forwards and backwards.
  std::array<Row, size> l{};
  Row inverse_d{};
  Row forward{};
  for (std::size_t i{0}; i < size; ++i) {
    Row scaled{};  // l * d, of this row
    double d{products_[i][i] + pull_to_zero};
    double answer{answers_[i]};
    for (std::size_t j{0}; j < i; ++j) {
      double left{products_[i][j]};
      for (std::size_t m{0}; m < j; ++m) left -= scaled[m] * l[j][m];
      scaled[j] = left;
      l[i][j] = left * inverse_d[j];
      d -= left * l[i][j];
      answer -= l[i][j] * forward[j];
    }
    inverse_d[i] = 1.0 / std::max(d, 1e-12);
    forward[i] = answer;
  }
  for (std::size_t i{size}; i-- > 0;) {
    double left{forward[i] * inverse_d[i]};
    for (std::size_t m{i + 1}; m < size; ++m) left -= l[m][i] * weights_[m];
    weights_[i] = left;
  }
  for (Row& row : products_) {
    for (double& product : row) product *= forget_past;
  }
  for (double& answer : answers_) answer *= forget_past;
  slots_ = slots_ * forget_past + 1.0;
}

}  // namespace spillway::autopilot
