// The adapter and a Marathon of our own, over real HTTP on loopback, for the tests of both.
#pragma once

#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "controller/cluster/marathon/marathon.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"
#include "tests/support/stub_marathon.hpp"

namespace spillway::testing {

inline constexpr std::string_view marathon_app{
    R"({"id":"/shop/web","instances":3,"cpus":0.5,"mem":256,"env":{"A":"1"},"healthChecks":[],
        "container":{"type":"DOCKER","docker":{"image":"demo/web:1"},
                     "portMappings":[{"containerPort":8000,"protocol":"tcp"}]}})"};

struct MarathonRig {
  explicit MarathonRig(int instances = 1) : stub{time.context, time.clock, instances} {
    for (int i{0}; i < instances; ++i) {
      settings.urls.push_back(stub.url(static_cast<std::size_t>(i)));
    }
  }

  marathon::Marathon& cluster() {
    if (cluster_) return *cluster_;
    auto client = io::make_http_client(time.context, time.clock);
    REQUIRE(client);
    cluster_ = std::make_unique<marathon::Marathon>(std::move(*client), time.clock, settings);
    return *cluster_;
  }
  Result<void> refresh() { return time.run(cluster().refresh(time.soon())); }
  Result<Observation> observe(const std::string& app = "shop/web") {
    const auto refreshed = refresh();
    if (!refreshed) return refreshed.error();
    return time.run(cluster().observe(app, time.soon()));
  }
  /// The same, and how many requests it took.
  std::pair<BasePool, int> look() {
    const int before{stub.polls()};
    const auto seen = observe();
    REQUIRE(seen);
    return {seen->pool, stub.polls() - before};
  }

  RealTime time{};
  StubMarathon stub;
  marathon::Settings settings{.offers_within = Duration{0}};

 private:
  std::unique_ptr<marathon::Marathon> cluster_{};
};

/// The watch of a cluster, beside what the test does; ended with it.
class MarathonWatch {
 public:
  explicit MarathonWatch(MarathonRig& rig) : rig_{rig} {
    boost::asio::co_spawn(rig.time.context, rig.cluster().watch(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  ~MarathonWatch() {
    stop_.emit(boost::asio::cancellation_type::all);
    rig_.time.drive([this] { return has_ended_; });
  }
  MarathonWatch(const MarathonWatch&) = delete;
  MarathonWatch& operator=(const MarathonWatch&) = delete;

  void until_attached() {
    rig_.time.drive([this] { return rig_.cluster().is_attached(); });
  }
  void until_detached() {
    rig_.time.drive([this] { return !rig_.cluster().is_attached(); });
  }

 private:
  MarathonRig& rig_;
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{false};
};

}  // namespace spillway::testing
