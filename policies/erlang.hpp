// How many servers a load needs so that few requests wait long: M/M/c, the Erlang C formula.
//
//   a = load / rate                                   offered load, in busy servers
//   B(0) = 1;  B(k) = a B(k-1) / (k + a B(k-1))       Erlang B, by recursion
//   C(c) = c B(c) / (c - a (1 - B(c)))                share of requests that wait at all, c > a
//   P(wait > t) = C(c) exp(-(c - a) rate t)
//
// Example: 90 req/s on replicas of 10 req/s, a = 9. With 10 servers C = 0.67 and P(wait > 200 ms) =
// 0.67 * exp(-2) = 9 %; with 11 it is 0.8 %: 11 replicas keep 95 % of the waits within 200 ms.
// Source: Erlang 1917; the recursion is in any text on queues, such as Gross and Harris. A fixed
// utilization is wrong at both ends: this example may run at 82 %, a hundred servers at 98 %.
#pragma once

#include "controller/core/units.hpp"

namespace spillway {

/// Share of requests that wait longer than `wait_s` seconds, 0 to 1; 1 where `servers` cannot keep
/// up. `load_rps` >= 0, `rate_rps` > 0 per server, `wait_s` >= 0.
double share_waiting_longer(int servers, double load_rps, double rate_rps, double wait_s);

/// The same in the limit of many servers (Halfin and Whitt 1981), within 1 % from 100 servers up: C
/// = 1 / (1 + b N(b) / n(b)) with b = (c - a) / sqrt(a). At the same cost whatever their number.
double share_waiting_longer_of_many(int servers, double load_rps, double rate_rps, double wait_s);

/// The fewest servers with which at most `share_late` of the requests wait longer than `wait_s`.
/// Grows with the load; none for no load; at most `most_replicas`. `share_late` in (0, 1).
/// Above 20 000 busy servers the limit of many servers takes the place of the recursion.
Replicas servers_for(double load_rps, double rate_rps, double wait_s, double share_late);

}  // namespace spillway
