#include "policies/erlang.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "policies/staffing.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::erlang_test {
namespace {

/// Erlang C from its definition, with the terms a^k / k! in logarithms: another way to the number.
double waiting_by_definition(int servers, double offered) {
  const auto term{[&](int k) { return std::exp(k * std::log(offered) - std::lgamma(k + 1.0)); }};
  double below{0.0};
  for (int k{0}; k < servers; ++k) below += term(k);
  const double above{term(servers) * servers / (servers - offered)};
  return above / (below + above);
}

TEST_CASE("90 req/s on servers of 10 req/s: 10 leave 9 % waiting longer than 200 ms, 11 0.8 %") {
  CHECK(share_waiting_longer(10, 90.0, 10.0, 0.0) == doctest::Approx(0.6687).epsilon(1e-3));
  CHECK(share_waiting_longer(10, 90.0, 10.0, 0.2) == doctest::Approx(0.0905).epsilon(1e-3));
  CHECK(share_waiting_longer(11, 90.0, 10.0, 0.2) == doctest::Approx(0.00788).epsilon(1e-3));
  CHECK(servers_for(90.0, 10.0, 0.2, 0.05) == 11_replicas);
}

TEST_CASE("the recursion agrees with the definition") {
  struct Row {
    int servers;
    double offered;
  };
  for (const Row& row :
       std::vector<Row>{{1, 0.5}, {2, 1.9}, {5, 3.0}, {20, 15.0}, {60, 55.0}, {100, 99.0}}) {
    CAPTURE(row.servers);
    CHECK(share_waiting_longer(row.servers, row.offered, 1.0, 0.0) ==
          doctest::Approx(waiting_by_definition(row.servers, row.offered)).epsilon(1e-9));
  }
}

TEST_CASE("the load that a count holds within 200 ms: 77 % with 5 servers, 98 % with 80") {
  struct Row {
    int servers;
    double utilization;
  };
  for (const Row& row : std::vector<Row>{{5, 0.770}, {10, 0.8758}, {20, 0.9345}, {80, 0.9825}}) {
    CAPTURE(row.servers);
    const double load{10.0 * row.servers * row.utilization};
    CHECK(servers_for(load * 0.999, 10.0, 0.2, 0.05).count == row.servers);
    CHECK(servers_for(load * 1.002, 10.0, 0.2, 0.05).count == row.servers + 1);
  }
}

TEST_CASE("servers that cannot keep up leave everybody waiting, no load nobody") {
  CHECK(share_waiting_longer(9, 90.0, 10.0, 0.2) == 1.0);
  CHECK(share_waiting_longer(0, 1.0, 10.0, 0.2) == 1.0);
  CHECK(share_waiting_longer(0, 0.0, 10.0, 0.2) == 0.0);
  CHECK(servers_for(0.0, 10.0, 0.2, 0.05) == 0_replicas);
  CHECK(servers_for(-5.0, 10.0, 0.2, 0.05) == 0_replicas);
  CHECK(servers_for(1e300, 1e-9, 0.2, 0.05) == most_replicas);
}

TEST_CASE("the count is the fewest that keeps the promise, and grows with the load") {
  testing::for_each_seed(500, [](testing::Gen& gen) {
    const double rate{gen.real(0.5, 50.0)};
    const double load{rate *
                      (gen.chance(0.1) ? gen.real(15'000.0, 60'000.0) : gen.real(0.0, 400.0))};
    const double wait{gen.real(0.0, 1.0)};
    const double late{gen.real(0.001, 0.3)};
    const Replicas count{servers_for(load, rate, wait, late)};
    CHECK(share_waiting_longer(count.count, load, rate, wait) <= late * (1.0 + 1e-9));
    if (count.count > load / rate + 1.0) {
      CHECK(share_waiting_longer(count.count - 1, load, rate, wait) > late);
    }
    CHECK(servers_for(load * gen.real(1.0, 1.5), rate, wait, late) >= count);
  });
}

}  // namespace
}  // namespace spillway::erlang_test
