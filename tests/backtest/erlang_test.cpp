#include "controller/backtest/erlang.hpp"

#include <doctest/doctest.h>

#include "policies/erlang.hpp"

namespace spillway::backtest::erlang_test {
namespace {

TEST_CASE("one server follows the formula of M/M/1") {
  // P(wait > t) = rho exp(-(mu - rate) t): 0.5 exp(-1) at half load of 10/s after 200 ms.
  CHECK(share_waiting_longer(1, 5.0, 10.0, 0.2) == doctest::Approx(0.5 * 0.367879441));
}

TEST_CASE("the probability of waiting agrees with published Erlang C values") {
  // Erlang C for 10 servers: offered 8 gives 0.4092, offered 5 gives 0.0361.
  CHECK(share_waiting_longer(10, 8.0, 1.0, 0.0) == doctest::Approx(0.4092).epsilon(0.001));
  CHECK(share_waiting_longer(10, 5.0, 1.0, 0.0) == doctest::Approx(0.0361).epsilon(0.002));
}

TEST_CASE("nothing is late without arrivals, and everything without balance") {
  CHECK(share_waiting_longer(3, 0.0, 10.0, 0.2) == 0.0);
  CHECK(share_waiting_longer(3, 30.0, 10.0, 0.2) == 1.0);
}

TEST_CASE("this promise lets many replicas work harder than few") {
  struct Row {
    int replicas;
    double utilization;
  };
  for (const Row& row : {Row{5, 0.77}, Row{10, 0.88}, Row{20, 0.93}, Row{80, 0.98}}) {
    CAPTURE(row.replicas);
    const double rate{held_rate(row.replicas, 10.0, {0.95, 0.2})};
    CHECK(rate / (10.0 * row.replicas) == doctest::Approx(row.utilization).epsilon(0.006));
    CHECK(share_waiting_longer(row.replicas, rate, 10.0, 0.2) <= 0.05);
    CHECK(share_waiting_longer(row.replicas, rate * 1.001, 10.0, 0.2) > 0.05);
  }
}

TEST_CASE("the table begins with nothing, grows, and ends where the rate is held") {
  const auto rates{held_rates_up_to(800.0, 10.0, {0.95, 0.2})};
  CHECK(rates.front() == 0.0);
  for (std::size_t i{1}; i < rates.size(); ++i) CHECK(rates[i] > rates[i - 1]);
  CHECK(rates.back() >= 800.0);
  CHECK(rates[rates.size() - 2] < 800.0);
}

}  // namespace
}  // namespace spillway::backtest::erlang_test
