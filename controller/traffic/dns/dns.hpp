// Traffic through a name: an A or AAAA record for each burst replica, kept by dynamic updates (RFC
// 2136) of the zone's primary server, beside records of others. Resolvers go on using a record
// until its TTL ends, so a drain has to last longer; nothing tells what is in flight. All calls of
// a tick are one update, carried out only if the zone is as it was read. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/traffic/dns/registry.hpp"
#include "controller/traffic/dns/server.hpp"
#include "controller/traffic/dns/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::dns {

class DnsTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"A name in a DNS zone that takes dynamic updates."};

  /// `settings` have been checked. `clock` must outlive the adapter.
  DnsTraffic(std::string name, const Settings& settings, io::Clock& clock);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }

  /// Errors of all: those of `Server`; bad_request for a workload whose name DNS cannot have, or
  /// that shares a name with another.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  /// One update, all or nothing.
  boost::asio::awaitable<std::vector<Result<void>>> carry_out(std::vector<TrafficCall> calls,
                                                              io::Deadline deadline) override;

 private:
  Result<Zone> zone_for(const std::string& workload);
  boost::asio::awaitable<Result<Found>> find(std::string name, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> change(std::vector<TrafficCall> calls,
                                              io::Deadline deadline);

  std::string name_;
  Settings settings_;
  Server server_;
  std::set<std::string> workloads_{};
};

}  // namespace spillway::dns
