// The daemon in this process, on a machine's clock that is put right: the rest of its life is
// tested with the real program (tests/integration/daemon).
#include "controller/wiring/daemon.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

#include "tests/support/caught_log.hpp"
#include "tests/support/child_process.hpp"

namespace spillway::testing::daemon_test {
namespace {

using namespace std::chrono_literals;

struct Site {
  std::unique_ptr<wiring::Daemon> start() {
    settings::Config config{};
    config.on_stop = settings::OnStop::drain;
    config.state.directory = (directory.path() / "state").string();
    config.api.listen = "127.0.0.1:0";
    auto daemon{wiring::Daemon::start("spillway.yaml", std::move(config), [this] {
      return std::chrono::system_clock::now() + (std::exchange(is_ahead, false) ? 1h : 0h);
    })};
    REQUIRE(daemon);
    return std::move(*daemon);
  }

  ScratchDirectory directory{};
  CaughtLog log{};
  bool is_ahead{false};  ///< when it is looked at the next time
};

}  // namespace

TEST_CASE("once its clock was put right by an hour, a controller was blind for two") {
  Site site{};
  site.is_ahead = true;
  auto daemon{site.start()};
  CHECK(daemon->run() == 0);
  CHECK(daemon->must_begin_anew());
  CHECK(site.log.count("ClockSetBack") == 1);
  CHECK(site.log.count("Stopped") == 0);
  CHECK(daemon->config().on_stop == settings::OnStop::drain);
  daemon.reset();

  daemon = site.start();  // its lock is free again
  std::raise(SIGTERM);
  CHECK(daemon->run() == 0);
  CHECK_FALSE(daemon->must_begin_anew());
  CHECK(site.log.count("ClockSetBack") == 1);
  CHECK(site.log.count("Stopped") == 1);
}

TEST_CASE("a stop while the clock is put right is not forgotten") {
  Site site{};
  site.is_ahead = true;
  const auto daemon{site.start()};
  std::raise(SIGTERM);
  CHECK(daemon->run() == 0);
  CHECK(daemon->is_stopping());
}

}  // namespace spillway::testing::daemon_test
