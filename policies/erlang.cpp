#include "policies/erlang.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "controller/core/error.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

constexpr double largest_exact_load{20'000.0};

/// One step of the recursion for Erlang B.
double next_blocking(double blocking, int servers, double offered) {
  return offered * blocking / (servers + offered * blocking);
}

double blocking_probability(int servers, double offered) {
  double blocking{1.0};
  for (int k{1}; k <= servers; ++k) blocking = next_blocking(blocking, k, offered);
  return blocking;
}

/// Erlang C from Erlang B; `servers` > `offered`.
double waiting_from(double blocking, int servers, double offered) {
  return servers * blocking / (servers - offered * (1.0 - blocking));
}

double waiting_of_many(int servers, double offered) {
  const double slack{(servers - offered) / std::sqrt(offered)};
  const double density{std::exp(-0.5 * slack * slack) / std::sqrt(2.0 * std::numbers::pi)};
  const double below{0.5 * std::erfc(-slack / std::numbers::sqrt2)};
  return density / (density + slack * below);
}

double late_share(double waiting, int servers, double offered, double rate_rps, double wait_s) {
  return waiting * std::exp(-(servers - offered) * rate_rps * wait_s);
}

/// By bisection: the share falls with every server.
int servers_for_many(double offered, double rate_rps, double wait_s, double share_late) {
  int low{static_cast<int>(offered)};  // too few
  int high{static_cast<int>(offered + 40.0 * std::sqrt(offered)) + 1};
  while (high - low > 1) {
    const int middle{low + (high - low) / 2};
    const double late{
        late_share(waiting_of_many(middle, offered), middle, offered, rate_rps, wait_s)};
    (middle > offered && late <= share_late ? high : low) = middle;
  }
  return high;
}

int servers_for_few(double offered, double rate_rps, double wait_s, double share_late) {
  int servers{static_cast<int>(offered) + 1};
  double blocking{blocking_probability(servers, offered)};
  while (late_share(waiting_from(blocking, servers, offered), servers, offered, rate_rps, wait_s) >
         share_late) {
    ++servers;
    blocking = next_blocking(blocking, servers, offered);
  }
  return servers;
}

}  // namespace

double share_waiting_longer(int servers, double load_rps, double rate_rps, double wait_s) {
  SPILLWAY_ASSERT(rate_rps > 0.0 && wait_s >= 0.0);
  if (load_rps <= 0.0) return 0.0;
  const double offered{load_rps / rate_rps};
  if (!(servers > offered)) return 1.0;
  const double waiting{
      offered > largest_exact_load
          ? waiting_of_many(servers, offered)
          : waiting_from(blocking_probability(servers, offered), servers, offered)};
  return late_share(waiting, servers, offered, rate_rps, wait_s);
}

double share_waiting_longer_of_many(int servers, double load_rps, double rate_rps, double wait_s) {
  SPILLWAY_ASSERT(rate_rps > 0.0 && wait_s >= 0.0);
  if (load_rps <= 0.0) return 0.0;
  const double offered{load_rps / rate_rps};
  if (!(servers > offered)) return 1.0;
  return late_share(waiting_of_many(servers, offered), servers, offered, rate_rps, wait_s);
}

Replicas servers_for(double load_rps, double rate_rps, double wait_s, double share_late) {
  SPILLWAY_ASSERT(rate_rps > 0.0 && wait_s >= 0.0 && share_late > 0.0);
  if (load_rps <= 0.0) return 0_replicas;
  const double offered{load_rps / rate_rps};
  if (!(offered < most_replicas.count)) return most_replicas;
  const int exact{
      servers_for_few(std::min(offered, largest_exact_load), rate_rps, wait_s, share_late)};
  if (offered <= largest_exact_load) return {exact};
  const int many{servers_for_many(offered, rate_rps, wait_s, share_late)};
  return {std::min(most_replicas.count, std::max(exact, many))};
}

}  // namespace spillway
