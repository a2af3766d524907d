// Traffic through etcd: whatever reads replicas from its keys (CoreDNS, SkyDNS, confd, a balancer's
// own agent). Two requests for a change: one transaction reads, one writes, only if nobody wrote
// meanwhile; beyond 60 replicas at once it is several. Nothing tells what is in flight, nor when
// readers have followed. No key has a lease: keys that vanish when the controller dies would take
// live replicas from traffic, and in doubt nothing shrinks. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/peer_order.hpp"
#include "controller/io/secret.hpp"
#include "controller/traffic/etcd/keys.hpp"
#include "controller/traffic/etcd/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::etcd {

class EtcdTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"Keys in etcd, for whatever reads replicas there."};

  /// `settings` have been checked. `clock` must outlive the adapter.
  EtcdTraffic(std::string name, Settings settings, std::unique_ptr<io::HttpClient> client,
              io::Clock& clock);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }

  /// Errors of all: unavailable, timeout, throttled, malformed, denied (user, password, rights),
  /// bad_request; transitioning if somebody else keeps changing the registry.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  boost::asio::awaitable<std::vector<Result<void>>> carry_out(std::vector<TrafficCall> calls,
                                                              io::Deadline deadline) override;

 private:
  Result<Keyspace> keys_for(const std::string& workload);
  boost::asio::awaitable<Result<Found>> find(Keyspace keys, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> change(std::vector<TrafficCall> calls,
                                              io::Deadline deadline);
  boost::asio::awaitable<Result<bool>> write(std::vector<Change> changes, io::Deadline deadline);
  boost::asio::awaitable<Result<std::string>> ask(std::string doing, std::string target,
                                                  std::string body, io::Deadline deadline);
  boost::asio::awaitable<Result<std::string>> ask_one(std::size_t index, std::string doing,
                                                      std::string target, std::string body,
                                                      io::Deadline deadline);
  boost::asio::awaitable<Result<void>> authenticate(std::size_t index, io::Deadline deadline);
  boost::asio::awaitable<Result<io::HttpResponse>> post(std::size_t index, std::string target,
                                                        std::string body, io::Deadline deadline);

  std::string name_;
  Settings settings_;
  io::Secret password_;
  std::unique_ptr<io::HttpClient> client_;
  io::Clock& clock_;
  std::vector<io::Url> urls_{};
  io::PeerOrder order_;
  io::Secret token_{};
  std::set<std::string> workloads_{};
};

/// What a status other than 200 means. Pure.
Error error_of_answer(const std::string& doing, const io::HttpResponse& response);

/// With a client of its own. Errors: those of `read_file` and bad_request, for certificates.
Result<std::shared_ptr<Traffic>> make_etcd_traffic(boost::asio::io_context& context,
                                                   io::Clock& clock, std::string name,
                                                   const Settings& settings);

}  // namespace spillway::etcd
