// One HAProxy process: looks at what it has and says what is missing. Keeps nothing but the slots
// it is filling at this moment, and the numbers that HAProxy gives its backends; HAProxy's own
// tables are the only memory.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/traffic/haproxy/admissions.hpp"
#include "controller/traffic/haproxy/asked.hpp"
#include "controller/traffic/haproxy/runtime_api.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/haproxy/steps.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

class Process {
 public:
  /// `settings` and `asked` must outlive the process.
  Process(const Settings& settings, const Asked& asked, std::unique_ptr<RuntimeApi> api)
      : settings_{settings}, asked_{asked}, api_{std::move(api)} {}

  const std::string& address() const { return api_->address(); }

  /// As those of `Traffic`, on this process alone. `haproxy_backend` is a valid name. Each leaves
  /// the map's entry as the servers are, also `list`: after a restart it is as the map's file has
  /// it, and an entry without servers behind it would send requests nowhere.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string haproxy_backend,
                                                                  std::string workload,
                                                                  io::Deadline deadline);
  boost::asio::awaitable<Result<void>> admit(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline);
  boost::asio::awaitable<Result<void>> drain(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline);
  boost::asio::awaitable<Result<void>> evict(std::string haproxy_backend, Backend backend,
                                             io::Deadline deadline);

  /// Brings the map's entry to whether our servers get requests; nothing to do without a map.
  boost::asio::awaitable<Result<void>> bring_map(std::string workload, bool is_serving,
                                                 io::Deadline deadline);

 private:
  boost::asio::awaitable<Result<std::vector<Server>>> servers(std::string haproxy_backend,
                                                              io::Deadline deadline);
  /// `bring_map` before `backend` leaves: the last one goes from the map first.
  boost::asio::awaitable<Result<void>> map_without(std::vector<Server> present, Backend backend,
                                                   io::Deadline deadline);
  boost::asio::awaitable<Result<void>> carry_out(Steps steps, io::Deadline deadline);
  Error at_this_process(Error error) const;

  const Settings& settings_;
  const Asked& asked_;
  std::unique_ptr<RuntimeApi> api_;
  Admissions admissions_{};
  std::map<std::string, int> numbers_{};  // HAProxy's, by backend, as last told
};

}  // namespace spillway::haproxy
