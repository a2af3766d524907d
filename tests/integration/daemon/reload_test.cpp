// A config that changes under the daemon: broken, put right, or without what the records need.
#include <doctest/doctest.h>

#include <csignal>
#include <string>

#include "tests/integration/daemon/site.hpp"

namespace spillway::daemon_reload_test {

using namespace spillway::testing;
using daemon_site::Site;

TEST_CASE("a reload with a broken config keeps the old one, which goes on") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  site.write_broken_config();
  spillway->send_signal(SIGHUP);
  REQUIRE(wait_until(
      [&] { return spillway->standard_error().find("ReloadFailed") != std::string::npos; }));
  CHECK(spillway->is_running());
  CHECK(site.groups_in("serving") == 5);
}

TEST_CASE("a secret that was refused is put right by a reload, without a restart") {
  Site site{};
  site.write_config_with_secret("expired");
  auto spillway{site.start()};
  REQUIRE(wait_until(
      [&] { return spillway->standard_error().find("AADSTS7000215") != std::string::npos; },
      patience));
  CHECK(site.groups_in("serving") == 0);
  site.write_config_with_secret("emulator-secret");
  spillway->send_signal(SIGHUP);
  CHECK(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  CHECK(spillway->standard_error().find("changed: provider") != std::string::npos);
  spillway->send_signal(SIGTERM);
  CHECK(spillway->wait_for_exit(patience));
}

TEST_CASE("groups in the records are not forgotten because the provider left the config") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  spillway->send_signal(SIGTERM);
  REQUIRE(spillway->wait_for_exit(patience));
  site.write_config_without_provider();
  auto blind{site.start()};
  REQUIRE(blind->wait_for_exit(patience));
  CHECK(blind->exit_code() == 2);
  CHECK(blind->standard_error().find("5 groups that may run") != std::string::npos);
  site.write_config("leave");
  CHECK(site.sweep_cloud() == 5);
}

}  // namespace spillway::daemon_reload_test
