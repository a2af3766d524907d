#include "policies/combine/allocator.hpp"

#include <algorithm>
#include <numeric>

#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::allocator_test {
namespace {

using testing::for_each_seed;
using testing::Gen;

Claim claim(std::string name, int wanted, int running = 0, double weight = 1.0) {
  return {.workload = std::move(name),
          .wanted = {wanted},
          .running = {running},
          .desired = {wanted},
          .price = {usd(0.06)},
          .weight = weight};
}

TEST_CASE("a quota of 10, weights 1 and 3, ten wanted by each: 2 and 8") {
  CHECK(allocate({claim("a", 10, 0, 1.0), claim("b", 10, 0, 3.0)}, {.max_burst = 10}) ==
        std::vector<Replicas>{{2}, {8}});
}

TEST_CASE("where all fits, or nothing is limited, everybody gets what they want") {
  const std::vector<Claim> claims{claim("a", 4), claim("b", 6)};
  CHECK(allocate(claims, {.max_burst = 10}) == std::vector<Replicas>{{4}, {6}});
  CHECK(allocate(claims, {}) == std::vector<Replicas>{{4}, {6}});
  CHECK(allocate({}, {.max_burst = 10}).empty());
}

TEST_CASE("what runs is kept, even beyond a limit that was lowered; nobody grows then") {
  CHECK(allocate({claim("a", 9, 8), claim("b", 5, 0, 100.0)}, {.max_burst = 10}) ==
        std::vector<Replicas>{{8}, {2}});
  CHECK(allocate({claim("a", 12, 8), claim("b", 5, 4)}, {.max_burst = 10}) ==
        std::vector<Replicas>{{8}, {4}});
  CHECK(allocate({claim("a", 3, 8), claim("b", 5, 4)}, {.max_burst = 10}) ==
        std::vector<Replicas>{{3}, {5}});  // who needs less gives way
}

TEST_CASE("of equal weights the one without anything comes first") {
  Claim starving{claim("z", 4)};
  Claim comfortable{claim("a", 4)};
  comfortable.desired = {100};  // it lacks 4 of 100
  CHECK(allocate({comfortable, starving}, {.max_burst = 4}) == std::vector<Replicas>{{1}, {3}});
}

TEST_CASE("a rent is shared like a quota, and what is too dear leaves room for what is cheaper") {
  Claim dear{claim("a", 5)};
  dear.price = {usd(1.0)};
  CHECK(allocate({claim("b", 10), claim("c", 10)}, {.max_rent = HourlyPrice{usd(0.6)}}) ==
        std::vector<Replicas>{{5}, {5}});
  CHECK(allocate({dear, claim("b", 10)}, {.max_rent = HourlyPrice{usd(0.3)}}) ==
        std::vector<Replicas>{{0}, {5}});
}

std::vector<Claim> any_claims(Gen& gen) {
  std::vector<Claim> claims{};
  for (int i{gen.integer(0, 6)}; i > 0; --i) {
    Claim each{
        claim("w" + std::to_string(i), gen.integer(0, 30), gen.integer(0, 20), gen.real(0.1, 5.0))};
    each.desired = each.wanted + Replicas{gen.integer(0, 30)};
    each.price = {usd(gen.real(0.0, 0.2))};
    claims.push_back(each);
  }
  return claims;
}

TEST_CASE("the limits hold but for what runs, nobody gets too much, and nothing is left lying") {
  for_each_seed(2000, [](Gen& gen) {
    const std::vector<Claim> claims{any_claims(gen)};
    AllocatorSettings settings{.max_burst = gen.integer(0, 60)};
    if (gen.chance(0.5)) settings.max_rent = HourlyPrice{usd(gen.real(0.0, 4.0))};
    const auto granted{allocate(claims, settings)};
    REQUIRE(granted.size() == claims.size());
    int sum{0};
    int kept{0};
    double rent{0.0};
    double kept_rent{0.0};
    for (std::size_t i{0}; i < claims.size(); ++i) {
      const int keeps{std::min(claims[i].wanted.count, claims[i].running.count)};
      CHECK(granted[i] <= claims[i].wanted);
      CHECK(granted[i].count >= keeps);
      sum += granted[i].count;
      kept += keeps;
      rent += granted[i].count * claims[i].price.per_hour.usd();
      kept_rent += keeps * claims[i].price.per_hour.usd();
    }
    CHECK(sum <= std::max(kept, *settings.max_burst));
    if (settings.max_rent) {
      CHECK(rent <= std::max(kept_rent, settings.max_rent->per_hour.usd()) + 1e-6);
    } else if (sum < *settings.max_burst) {
      for (std::size_t i{0}; i < claims.size(); ++i) CHECK(granted[i] == claims[i].wanted);
    }
  });
}

TEST_CASE("the order does not matter, and more weight never gets less") {
  for_each_seed(1000, [](Gen& gen) {
    std::vector<Claim> claims{any_claims(gen)};
    if (claims.empty()) return;
    const AllocatorSettings settings{.max_burst = gen.integer(0, 60)};
    const auto granted{allocate(claims, settings)};
    std::vector<Claim> reversed{claims.rbegin(), claims.rend()};
    auto again{allocate(reversed, settings)};
    std::ranges::reverse(again);
    CHECK(again == granted);
    claims.front().weight *= gen.real(1.0, 10.0);
    CHECK(allocate(claims, settings).front() >= granted.front());
  });
}

}  // namespace
}  // namespace spillway::allocator_test
