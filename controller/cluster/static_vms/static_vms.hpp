// The plainest cluster: a list of addresses that our own probe looks at, or a fixed number. It
// starts nothing, so it never has room for more, and one section is the pool of one workload.
// One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/cluster/static_vms/health.hpp"
#include "controller/cluster/static_vms/settings.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/probe.hpp"

namespace spillway::static_vms {

class StaticVms final : public Cluster {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"A fixed list of machines, probed, or a fixed number."};

  /// `clock` and `prober` must outlive the cluster. Throws std::invalid_argument for an address
  /// that is none, which a checked config never has.
  StaticVms(Settings settings, io::Clock& clock, io::Prober& prober);

  /// What the probes say. `service` is not looked at. While `watch` runs this takes no time;
  /// otherwise, and before every address was probed once, it first probes what is due. Error:
  /// unavailable, while an address has no answer to its first probe yet.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

  /// Probes each address in its interval until cancelled. For the daemon: one dead machine must
  /// not hold up a tick by its timeout. Run at most once; returns at once for a fixed count.
  boost::asio::awaitable<void> watch() override;

 private:
  struct Vm {
    std::string address{};
    io::ProbeTarget target{};
    Health health{};
    TimePoint next_probe_at{TimePoint::min()};
  };

  boost::asio::awaitable<void> probe_due(io::Deadline deadline);
  boost::asio::awaitable<void> probe(std::size_t index, io::Deadline deadline);
  void record(Vm& vm, const Result<void>& probed);
  Result<BasePool> pool() const;

  Settings settings_;
  io::Clock& clock_;
  io::Prober& prober_;
  std::vector<Vm> vms_{};
  bool is_watched_{false};
};

}  // namespace spillway::static_vms
