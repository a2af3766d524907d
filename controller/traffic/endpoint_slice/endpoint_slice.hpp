// Traffic through a Kubernetes Service: burst replicas in EndpointSlices of our own beside those of
// the Service's pods, so that kube-proxy, ingress controllers and meshes find them. Slices of
// others are never read or touched. It cannot count what is in flight: a drain lasts until its
// deadline. Every request of one tick after the first listing works on what that listing said. One
// thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/resources.hpp"
#include "controller/traffic/endpoint_slice/settings.hpp"
#include "controller/traffic/endpoint_slice/slice.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::endpoint_slice {

class EndpointSliceTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"A Kubernetes Service, through an EndpointSlice."};

  /// `clock` must outlive the adapter.
  EndpointSliceTraffic(std::string name, Settings settings,
                       std::unique_ptr<kubernetes::ApiServer> server, io::Clock& clock);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }

  /// Errors of all four: bad_request (no such Service or port; a server without EndpointSlices),
  /// denied, throttled, unavailable, timeout, malformed; transitioning if somebody else keeps
  /// changing the slice.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  /// Also no_capacity beyond 1000 replicas of one workload and port.
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  std::uint64_t requests() const { return server_->requests(); }

 private:
  struct Service {
    std::string uid{};
    std::string port_name{};
    TimePoint read_at{};
  };
  struct Place {
    std::string name_space{};
    std::string service{};
  };
  enum class Change { admit, drain, evict };

  Place place_of(const std::string& workload) const;
  boost::asio::awaitable<Result<void>> discover(io::Deadline deadline);
  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline);
  boost::asio::awaitable<Result<Service>> read_service(Place place, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> change(Change what, Backend backend, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> change_slice(std::string key, Change what, Backend backend,
                                                    io::Deadline deadline);
  boost::asio::awaitable<Result<void>> add(Backend backend, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> write(Slice slice, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> reread(std::string name_space, std::string name,
                                              io::Deadline deadline);
  Result<void> keep(const boost::json::object& object);

  std::string name_;
  Settings settings_;
  std::unique_ptr<kubernetes::ApiServer> server_;
  io::Clock& clock_;
  std::optional<kubernetes::Resource> resource_{};
  std::map<std::string, Slice> slices_{};  ///< ours, by `Metadata::key`
  std::optional<TimePoint> listed_at_{};
  std::map<std::string, Service> services_{};
};

/// Errors: those of `make_api_server`.
Result<std::shared_ptr<Traffic>> make_endpoint_slice_traffic(boost::asio::io_context& context,
                                                             io::Clock& clock, std::string name,
                                                             const Settings& settings);

}  // namespace spillway::endpoint_slice
