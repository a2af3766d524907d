// The daemon in this process, on a machine's clock that is put right: the rest of its life is
// tested with the real program (tests/integration/daemon).
#include "controller/wiring/daemon.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "controller/settings/environment.hpp"
#include "controller/settings/load_config.hpp"
#include "controller/state/sqlite/database.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
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

TEST_CASE("a signal that came while a controller began anew, or started, ended it") {
  Site site{};
  site.is_ahead = true;
  auto daemon{site.start()};
  CHECK(daemon->run() == 0);
  REQUIRE(daemon->must_begin_anew());
  daemon.reset();
  std::raise(SIGHUP);  // nobody listens
  std::raise(SIGTERM);
  daemon = site.start();
  CHECK(daemon->run() == 0);
  CHECK(daemon->is_stopping());
  CHECK(site.log.count("ReloadFailed") == 1);  // there is no such file: it was tried
}

TEST_CASE("a bad journal row is told, and the controller starts all the same") {
  const Site site{};
  const std::filesystem::path state{site.directory.path() / "state"};
  {
    const auto store{state::open_sqlite_store({.directory = state})};
    REQUIRE(store);
    JournalEntry entry{.at = TimePoint{1h}, .workload = "web"};
    entry.decision.workload = "web";
    REQUIRE((*store)->write({.journal = {entry}}));
  }
  auto database{state::Database::open(state / "spillway.db", state::Database::Access::read_write)};
  REQUIRE(database);
  REQUIRE(database->execute("UPDATE journal SET document = '{'"));
  const std::string config{site.directory.write(
      "spillway.yaml",
      fmt::format("state: {{directory: {}}}\n"
                  "api: {{listen: '127.0.0.1:0'}}\n"
                  "clusters: {{vms: {{type: static_vms, count: 3}}}}\n"
                  "workloads: {{web: {{cluster: vms, policies: [{{type: schedule, windows: "
                  "[{{cron: '0 8 * * *', duration: 1h, replicas: 4}}]}}]}}}}\n",
                  state.string()))};
  auto loaded{settings::load_config(config, settings::ProcessEnvironment{})};
  REQUIRE(std::holds_alternative<settings::Config>(loaded));
  CHECK(wiring::Daemon::start(config, std::get<settings::Config>(std::move(loaded))));
  CHECK(site.log.count("JournalEntryUnreadable") == 1);
}

}  // namespace spillway::testing::daemon_test
