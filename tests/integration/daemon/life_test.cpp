// The daemon's life: killed at any point, started again, edited behind its back, started twice. Its
// burst goes on, and nothing is left in the cloud at the end.
#include <doctest/doctest.h>

#include <csignal>
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/integration/daemon/site.hpp"

namespace spillway::daemon_life_test {

using namespace spillway::testing;
using daemon_site::Site;

TEST_CASE("kill -9 in mid-burst: the next start goes on with the same groups, and SIGTERM drains") {
  Site site{};
  auto first{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("creating") + site.groups_in("serving") > 0; },
                     patience));
  first->send_signal(SIGKILL);
  REQUIRE(first->wait_for_exit());

  site.write_config("drain");
  auto second{site.start()};
  CHECK(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  CHECK(site.groups_in("creating") + site.groups_in("starting") + site.groups_in("intended") == 0);

  second->send_signal(SIGTERM);
  CHECK(second->wait_for_exit(patience));
  CHECK(second->exit_code() == 0);
  CHECK(site.sweep_cloud() == 0);
}

TEST_CASE(
    "kill -9 after any exchange with the cloud: each group is created once, and none is left") {
  Site site{};
  // From the first word to the cloud (a token) to long after the creates.
  for (const std::size_t words : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 10U, 12U, 16U}) {
    const std::size_t before{site.exchanges()};
    auto spillway{site.start()};
    REQUIRE(wait_until([&] { return site.exchanges() >= before + words; }, patience));
    spillway->send_signal(SIGKILL);
    REQUIRE(spillway->wait_for_exit());
  }
  site.write_config("drain");
  auto last{site.start()};
  CHECK(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  CHECK(site.groups_asked("PUT").size() == 5);
  CHECK(site.groups_asked("DELETE").empty());

  // In the midst of removing, too: what follows may burst again, and leaves nothing.
  last->send_signal(SIGTERM);
  REQUIRE(wait_until([&] { return !site.groups_asked("DELETE").empty(); }, patience));
  last->send_signal(SIGKILL);
  REQUIRE(last->wait_for_exit());
  auto cleaner{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  cleaner->send_signal(SIGTERM);
  CHECK(cleaner->wait_for_exit(patience));
  CHECK(site.sweep_cloud() == 0);
}

TEST_CASE("a balancer's file follows the burst through an edit, a kill and the end") {
  Site site{};
  const auto has_servers = [&site](int count) {
    const std::string text{site.servers()};
    int found{0};
    for (std::size_t at{text.find("server ")}; at != text.npos; at = text.find("server ", at + 1)) {
      ++found;
    }
    return text.starts_with("base\n") && found == count;
  };
  site.write_config("drain");
  auto first{site.start()};
  CHECK(wait_until([&] { return has_servers(5); }, patience));
  site.edit_servers("edited\n");
  CHECK(wait_until([&] { return has_servers(5); }, patience));
  first->send_signal(SIGKILL);
  REQUIRE(first->wait_for_exit());

  site.edit_servers("base\nserver 192.0.2.1:80\n");  // of a group that nobody knows any more
  auto second{site.start()};
  CHECK(wait_until([&] { return has_servers(5); }, patience));
  CHECK(site.servers().find("192.0.2.1") == std::string::npos);

  second->send_signal(SIGTERM);
  CHECK(second->wait_for_exit(patience));
  CHECK(site.servers() == "base\n");
}

TEST_CASE("a second controller on the same state is refused and told who holds it") {
  Site site{};
  auto first{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") >= 0; }, patience));
  auto second{site.start()};
  REQUIRE(second->wait_for_exit());
  CHECK(second->exit_code() == 1);
  CHECK(second->standard_error().find(std::to_string(first->pid())) != std::string::npos);
}

}  // namespace spillway::daemon_life_test
