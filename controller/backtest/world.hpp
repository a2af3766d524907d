// The world that a backtest plays in: what replicas hold, what they cost, how long they take to
// start, what the metrics show and when. The defaults are the reference world, in which policies
// are compared; a user's own world has measured numbers. Plain data.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "controller/core/snapshot.hpp"
#include "controller/core/units.hpp"

namespace spillway::backtest {

/// One replica, and the promise to its users.
struct ReplicaWorld {
  double capacity_rps{10.0};  ///< requests completed per second; service is exponential
  double slo_quantile{0.95};
  Duration slo_wait{200};                   ///< in the queue
  Duration backlog_late{50};                ///< more backlog than this much capacity is late
  Duration backlog_dropped_beyond{10'000};  ///< more than this much capacity is lost
};

/// How the trace becomes a load.
struct LoadWorld {
  enum class Scale { peak, as_is };
  Scale scale{Scale::peak};
  double peak_percentile{0.995};
  int peak_replicas{40};      ///< that percentile is the load of so many replicas at 100 %
  double clip_at_peaks{2.0};  ///< nothing exceeds so many times the peak
};

/// The fixed cluster and the machines it could grow by.
struct ClusterWorld {
  int replicas_per_vm{4};
  HourlyPrice vm_price{usd(0.192)};
  std::optional<int> base_vms{};  ///< nothing: enough for the median need, rounded down
  Duration vm_start_min{std::chrono::seconds{120}};
  Duration vm_start_max{std::chrono::seconds{300}};
};

/// Azure Container Instances.
struct BurstWorld {
  double vcpu{1.0};
  double memory_gb{2.0};
  HourlyPrice vcpu_price{usd(0.0486)};       ///< 0.0000135 USD per vCPU-second
  HourlyPrice memory_gb_price{usd(0.0054)};  ///< 0.0000015 USD per GB-second
  Duration start_median{std::chrono::seconds{30}};
  double start_sigma{0.35};   ///< of the lognormal distribution
  double failed_share{0.02};  ///< of all starts: billed for the start, never serve
  int standby{0};             ///< replicas kept on standby beside the burst, and billed
  Duration standby_start{std::chrono::seconds{5}};  ///< until one of them serves
  int max_groups{100};
  int creates_per_5min{100};
  int creates_per_hour{300};
};

/// What the controller sees, and how often it acts.
struct ObservedWorld {
  Duration window{std::chrono::seconds{15}};    ///< whole seconds
  Duration delay{std::chrono::seconds{15}};     ///< from a window's end until it can be read
  bool has_counting_noise{true};                ///< arrivals of a window are a Poisson count
  Duration interval{std::chrono::seconds{15}};  ///< of control; whole seconds
};

struct World {
  ReplicaWorld replica{};
  LoadWorld load{};
  ClusterWorld cluster{};
  BurstWorld burst{};
  ObservedWorld observed{};
};

void describe(Fields& fields, World& world);

/// What one burst replica costs: 0.0594 USD/h in the reference world.
HourlyPrice burst_price(const BurstWorld& burst);

/// Median and 95th percentile of the lognormal start: 30 s and 53.4 s.
StartTimes start_times(const BurstWorld& burst);

/// Mean of the lognormal start: median * exp(sigma^2 / 2), 31.9 s.
double mean_start_seconds(const BurstWorld& burst);
double mean_vm_start_seconds(const ClusterWorld& cluster);

/// The price of one late request in the objective `J`, in units of what one request costs in ACI at
/// full use: 0.0594 USD/h / 36 000 requests = 1.65e-6 USD.
inline constexpr double late_weight{30.0};
double late_request_usd(const World& world);

}  // namespace spillway::backtest
