// What a config names no more, while groups run that were made with it: another resource group,
// another owner.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "tests/integration/daemon/site.hpp"

namespace spillway::daemon_places_test {

using namespace spillway::testing;
using daemon_site::Site;

TEST_CASE("a restart with another resource group forgot five groups, which ran for ever") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  spillway->send_signal(SIGKILL);
  REQUIRE(spillway->wait_for_exit());

  site.write_config_with("resource_group: spillway", "resource_group: other");
  const auto dry{site.command({"sweep", "-c", site.config_path(), "--dry-run"})};
  CHECK(dry.second == 0);
  CHECK(dry.first.find("0 orphans") != std::string::npos);
  auto moved{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  CHECK(site.groups_asked("PUT").size() == 5);  // the same ones
  CHECK(moved->standard_error().find("FormerResourceGroup") != std::string::npos);
  // They leave as any other: by their names, where they are.
  moved->send_signal(SIGTERM);
  CHECK(moved->wait_for_exit(patience));
  CHECK(site.groups_asked("DELETE") == site.groups_asked("PUT"));
  site.write_config("leave");
  CHECK(site.sweep_cloud() == 0);
}

TEST_CASE("in mode observe a former resource group was never forgotten, and doctor was silent") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  spillway->send_signal(SIGKILL);
  REQUIRE(spillway->wait_for_exit());
  site.write_config_with("resource_group: spillway", "resource_group: other");
  const auto doctor{[&] { return site.command({"doctor", "-c", site.config_path()}).first; }};
  CHECK(doctor().find("groups or standby pools of ours are there") != std::string::npos);
  site.write_config("leave");
  CHECK(site.sweep_cloud() == 5);
  site.write_observing_config("other");
  CHECK(wait_until(  // a removal takes a while
      [&] { return doctor().find("and nothing of ours is there") != std::string::npos; },
      patience));
  const auto asked{[&](std::string_view path) { return site.exchanges_with(path); }};
  const auto pools{asked("/resourceGroups/spillway/providers/Microsoft.StandbyPool")};
  auto observing{site.start()};
  CHECK(wait_until(
      [&] { return asked("/resourceGroups/spillway/providers/Microsoft.StandbyPool") > pools; },
      patience));
  observing->send_signal(SIGTERM);
  CHECK(observing->wait_for_exit(patience));
}

TEST_CASE("sweep removed no standby pool, and each was billed round the clock") {
  Site site{};
  site.write_config_with("limits: {max_burst: 10}",
                         "limits: {max_burst: 10}\n    standby: {size: 1}");
  auto spillway{site.start()};
  const auto has_pool{[&] {
    const auto status = site.status();
    return !status.is_null() && status.as_object().contains("standby") &&
           status.at("standby").as_object().contains("ready");
  }};
  REQUIRE(wait_until(has_pool, patience));
  spillway->send_signal(SIGKILL);
  REQUIRE(spillway->wait_for_exit());
  const auto sweep{[&](const std::string& how) {
    return site.command({"sweep", "-c", site.config_path(), how}).first;
  }};
  CHECK(sweep("--dry-run").find("standby pool") == std::string::npos);  // the config keeps it
  site.write_config("leave");
  CHECK(sweep("--dry-run").find("standby pool sw-") != std::string::npos);
  const std::string removed{sweep("--yes")};
  CAPTURE(removed);
  CHECK(removed.find("1 orphan, 1 removed") != std::string::npos);
  CHECK(wait_until([&] { return sweep("--dry-run").find("standby pool") == std::string::npos; },
                   patience));
}

TEST_CASE("a restart with another owner is refused while groups of the old one run") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  spillway->send_signal(SIGTERM);
  REQUIRE(spillway->wait_for_exit(patience));
  site.write_config_with("owner: daemon-test", "owner: team-b");
  auto refused{site.start()};
  REQUIRE(refused->wait_for_exit(patience));
  CHECK(refused->exit_code() == 2);
  CHECK(refused->standard_error().find("5 groups that may run of owner 'daemon-test'") !=
        std::string::npos);
  site.write_config("drain");
  auto again{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  again->send_signal(SIGTERM);
  CHECK(again->wait_for_exit(patience));
  site.write_config_with("owner: daemon-test", "owner: team-b");
  auto taken{site.start()};
  CHECK(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  taken->send_signal(SIGTERM);
  CHECK(taken->wait_for_exit(patience));
}

}  // namespace spillway::daemon_places_test
