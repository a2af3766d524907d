#include "policies/cost/marginal_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/cost/burst_room.hpp"
#include "policies/erlang.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"
#include "policies/utilization_law.hpp"

namespace spillway {
namespace {

/// Beyond this many busy replicas the difference of one more is lost in rounding; the share that
/// waits is then taken as the bound itself.
constexpr double largest_load{100'000.0};

}  // namespace

void describe(Fields& fields, MarginalValueSettings& settings) {
  fields.money("per_1000_late", settings.per_1000_late,
               "What a thousand late requests cost you, such as 0.05 USD.");
  fields.duration("wait", settings.wait,
                  {.min = std::chrono::milliseconds{1}, .max = std::chrono::minutes{10}},
                  "A request that waits longer before a replica takes it up is late.");
  fields.ratio("headroom", settings.headroom, {.max = 10.0},
               "How much more load than now counts: what may arrive while a replica starts.");
  fields.rate_per_second("replica_capacity", settings.replica_capacity_rps,
                         {.min = 1e-6, .max = largest_rate_rps},
                         "Requests that one replica completes per second. Left out: learned from "
                         "the signals load and utilization.");
  fields.require(settings.per_1000_late && *settings.per_1000_late > Money{},
                 "needs per_1000_late, the price of late requests, above zero");
}

Replicas worthwhile(double load_rps, double rate_rps, double wait_s, double late_usd,
                    double price_usd_per_s) {
  if (load_rps <= 0.0 || rate_rps * late_usd < price_usd_per_s) return 0_replicas;
  const double offered{load_rps / rate_rps};
  if (!(offered < largest_load)) {
    return servers_for(load_rps, rate_rps, wait_s, std::min(0.5, price_usd_per_s / late_usd));
  }
  // The share of waits is convex from the first stable count on: stop at the first that does not
  // pay.
  int count{static_cast<int>(offered) + 1};
  double late_rps{load_rps * share_waiting_longer(count, load_rps, rate_rps, wait_s)};
  for (;;) {
    const double next_rps{load_rps * share_waiting_longer(count + 1, load_rps, rate_rps, wait_s)};
    if ((late_rps - next_rps) * late_usd < price_usd_per_s) return {count};
    late_rps = next_rps;
    ++count;
  }
}

MarginalValue::MarginalValue(Settings settings) : settings_{settings} {}

std::vector<std::string> MarginalValue::signals() const {
  std::vector<std::string> signals{std::string{signal::load}};
  if (!settings_.replica_capacity_rps) signals.emplace_back(signal::utilization);
  return signals;
}

Recommendation MarginalValue::recommend(const Snapshot& now, const History& past) const {
  UtilizationLaw learned{past.memory(type)};
  const auto rate{settings_.replica_capacity_rps ? settings_.replica_capacity_rps
                                                 : learned.per_replica()};
  const Reading& reading{now.readings[signal::load]};
  const auto measured{reading.fresh_value()};
  Recommendation asked{.policy = std::string{type}};
  if (!measured) {
    asked = hold(type, reading);
  } else if (!settings_.per_1000_late || *settings_.per_1000_late <= Money{} ||
             now.replica_price.per_hour <= Money{}) {
    asked.words = "the price of a replica, or of lateness, is unknown";
  } else if (!rate) {
    asked.because = Because::learning;
    asked.words = "it is not known yet what a replica can do";
  } else {
    const double load_rps{std::clamp(*measured, 0.0, largest_load_rps) *
                          (1.0 + settings_.headroom)};
    const double late_usd{settings_.per_1000_late->usd() / 1000.0};
    const Replicas pays{worthwhile(load_rps, *rate, seconds(settings_.wait), late_usd,
                                   now.replica_price.per_hour.usd() / 3600.0)};
    const auto local{total_with_burst(0_replicas, now, past)};  // what is owned costs nothing more
    asked.ceiling = std::max(pays, local.value_or(0_replicas));
    asked.because = Because::not_worth_it;
    asked.words = fmt::format(
        "for {:.1f} req/s the last of {} replicas is worth its {}/h; one more saves less lateness "
        "than it costs",
        load_rps, pays.count, to_string(now.replica_price.per_hour));
  }
  const auto utilization{now.readings[signal::utilization].fresh_value()};
  if (measured && utilization && now.fleet.base && now.fleet.burst) {
    learned.learn(now.taken_at, *measured, *utilization, serving_replicas(now.fleet));
  }
  Memory memory{};
  learned.keep(memory);
  asked.memory = std::move(memory);
  return asked;
}

}  // namespace spillway
