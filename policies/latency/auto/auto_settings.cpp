// What a user may set of the default policy.
#include "policies/latency/auto/auto_policy.hpp"

namespace spillway {

using namespace std::chrono_literals;

void describe(Fields& fields, AutoSettings& settings) {
  fields.duration("wait", settings.wait, {.min = 1ms, .max = 10min},
                  "The objective: how long a request may wait in the queue before it is served.");
  fields.ratio("quantile", settings.quantile, {.min = 0.5, .max = 0.999},
               "Share of the requests that must not wait longer.");
  fields.ratio("late_share", settings.late_share, {.min = 0.00001, .max = 0.5},
               "The error budget: share of all requests that may arrive while the objective is "
               "missed. Needs the signal `late` to be kept exactly. What is late even with room to "
               "spare, such as a slow endpoint, does not count.");
  fields.number("late_price_cap", settings.late_price_cap, {.min = 1.0, .max = 1e6},
                "The most that avoiding one late request may cost, in costs of serving one request "
                "on a busy burst replica. A load that cannot be kept on time at this price is late "
                "more often than `late_share`.");
  double late_price{settings.late_price.value_or(0.0)};
  fields.number("late_price", late_price, {.min = 0.0, .max = 1e6},
                "A fixed price of a late request in the same unit instead of the budget; 0: none, "
                "the budget finds it. 30 suits a request that earns 30 times what it costs.");
  settings.late_price = late_price > 0.0 ? std::optional{late_price} : std::nullopt;
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps, {.min = 1e-6},
                         "Requests that one replica completes per second. Left out, it is learned "
                         "from load, utilization and lateness.");
  fields.duration("metric_delay", settings.metric_delay, {.max = 10min},
                  "How old the newest load reading is when it arrives, its window included.");
  fields.count("creates_per_hour", settings.creates_per_hour, {.min = 1, .max = 1'000'000},
               "Creates that the provider allows per hour; replicas are kept longer as it is used "
               "up.");
  std::optional<HourlyPrice> replica_price{settings.replica_price};
  fields.hourly_price("replica_price", replica_price,
                      "Price of a burst replica, used when the provider states none.");
  settings.replica_price = replica_price.value_or(settings.replica_price);
  fields.section(
      "vm",
      [&settings](Fields& inner) {
        inner.count("replicas", settings.vm_replicas, {.max = 10'000},
                    "Replicas that an extra machine runs; 0: machines are never asked for.");
        std::optional<HourlyPrice> price{settings.vm_price};
        inner.hourly_price("price", price, "Price of a machine.");
        settings.vm_price = price.value_or(settings.vm_price);
        inner.duration("start", settings.vm_start, {.max = 30min},
                       "How long a machine is billed before it serves.");
      },
      "Extra machines for bursts that have become the norm.");
}

}  // namespace spillway
