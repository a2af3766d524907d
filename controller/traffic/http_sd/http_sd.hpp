// Prometheus scrapes burst replicas: the backends as HTTP service discovery, kept in memory and
// served by our own HTTP server under /sd/NAME. It forgets with a restart of ours and heals with
// the first tick. It sends no requests anywhere and cannot count what is in flight.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/traffic/http_sd/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::http_sd {

/// The answer that Prometheus' `http_sd_configs` wants: one target group for each backend, with the
/// labels `workload`, `__meta_spillway_group` and those of the settings, which win.
/// Example: `[{"targets":["10.0.0.4:8080"],"labels":{"workload":"web",...}}]`.
std::string render(const std::vector<Backend>& backends, const Settings& settings);

class HttpSdTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"Prometheus HTTP service discovery, so that it scrapes."};

  HttpSdTraffic(std::string name, Settings settings);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }

  /// None of the four fails.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  /// What /sd/NAME answers (application/json): every backend that is here, draining ones too, since
  /// they still work and their last samples count.
  std::string body() const;

 private:
  std::string name_;
  Settings settings_;
  std::map<std::string, ListedBackend> by_group_{};
};

}  // namespace spillway::http_sd
