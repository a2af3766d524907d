// Traffic through HAProxy's runtime API, no reload and no file of its config touched: burst
// replicas become servers of a backend while HAProxy runs. One or several processes; each is told
// everything. HAProxy forgets added servers when it is restarted or reloaded; listing and admitting
// again heals that. Servers of others in the same backend are read for their weight, never changed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/traffic/haproxy/asked.hpp"
#include "controller/traffic/haproxy/process.hpp"
#include "controller/traffic/haproxy/runtime_api.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

/// One line to each of `settings.sockets`; throws std::invalid_argument for one that is no
/// endpoint. `clock` must outlive them.
std::vector<std::unique_ptr<RuntimeApi>> lines_to(const Settings& settings, io::Clock& clock);

class HaproxyTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"HAProxy, through its runtime API."};

  /// One line to each of `settings.sockets`; throws std::invalid_argument for settings that
  /// a checked config never has: no socket, one that is no endpoint, an empty prefix. `clock` must
  /// outlive the adapter.
  HaproxyTraffic(std::string name, Settings settings, io::Clock& clock);

  /// The lines as given, for tests.
  HaproxyTraffic(std::string name, Settings settings,
                 std::vector<std::unique_ptr<RuntimeApi>> lines);

  const std::string& name() const override { return name_; }
  /// Under `skip` a process that cannot be reached serves nobody.
  bool sees_all() const override;

  /// Errors of all four: bad_request (no such backend there; a name or address that must not enter
  /// a command; a second workload in a backend that cannot tell them apart), denied (`level admin`
  /// is missing), unavailable, timeout, malformed, too_large. See `Unreachable` for what happens
  /// when only some processes answer: `list` then tells no requests in flight under `hold`.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  /// Also no_capacity, if every slot is in use.
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

 private:
  /// What may be missing of an answer by all processes.
  enum class Wants { one_at_least, all };
  using Call = std::function<boost::asio::awaitable<Result<void>>(Process&)>;

  boost::asio::awaitable<Result<void>> on_all(Call call, Wants wants);
  Result<std::string> haproxy_backend(const std::string& workload);
  void see(std::size_t process, const std::optional<Error>& failure);

  std::string name_;
  std::unique_ptr<const Settings> settings_;  // the processes refer to it
  std::vector<std::unique_ptr<Process>> processes_{};
  std::vector<bool> is_reachable_{};
  std::map<std::string, std::string> workload_of_{};  // by HAProxy backend
  Asked asked_{};
};

}  // namespace spillway::haproxy
