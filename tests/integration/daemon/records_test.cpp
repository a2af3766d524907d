// What the daemon has recorded, read by other commands while it runs and after: replayed, played
// again as a load, and told apart from what nobody knows in the cloud.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "tests/integration/daemon/site.hpp"

namespace json = boost::json;

namespace spillway::daemon_records_test {

using namespace spillway::testing;
using daemon_site::Site;

TEST_CASE("explain --replay decides the journal again, equal bit for bit, also while it runs") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  const auto replayed{
      site.command({"explain", "--replay", "-c", site.config_path(), "-o", "json", "-n", "100"})};
  CAPTURE(replayed.first);
  CHECK(replayed.second == 0);
  const json::value page = json::parse(replayed.first);
  CHECK(page.at("different").as_int64() == 0);
  CHECK(page.at("equal").to_number<int>() >= 2);
  const auto [words, words_code]{
      site.command({"explain", "--replay", "-c", site.config_path(), "-n", "1"})};
  CHECK(words_code == 0);
  CHECK(words.find("replayed: equal") != std::string::npos);
  CHECK(words.find("1 replayed, 1 equal, 0 different") != std::string::npos);
  // Later than all of them the newest is in force; before all of them nothing was.
  const auto [then, then_code]{site.command(
      {"explain", "--replay", "--at", "2199-01-01T00:00:00Z", "-c", site.config_path()})};
  CHECK(then_code == 0);
  CHECK(then.find("1 replayed, 1 equal, 0 different") != std::string::npos);
  const auto early{site.command(
      {"explain", "--replay", "--at", "2001-01-01T00:00:00Z", "-c", site.config_path()})};
  CHECK(early.second == 1);
  CHECK(early.first.find("nothing of the config's workloads was decided by 2001-01-01") !=
        std::string::npos);
  CHECK(early.first.find("the journal has #1 of ") != std::string::npos);
  CHECK(site.command({"explain", "--replay", "--at", "noon", "-c", site.config_path()}).second ==
        2);
}

TEST_CASE("what the controller has seen can be played in the world that it has measured") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  // An order, so that the journal has something to tell some seconds later.
  CHECK(
      site.command({"drain", "--api", site.api_url(), "--workload", "web", "--for", "4s"}).second ==
      0);
  std::pair<std::string, int> played{};
  const auto plays{[&] {
    played = site.command({"backtest", "--from", "journal", "-c", site.config_path(), "--world",
                           "measured", "--against", "", "--seeds", "1"});
    return played.second == 0;
  }};
  const bool is_played{wait_until(plays, patience)};
  CAPTURE(played.first);
  CHECK(is_played);
  for (const char* words :
       {"the world of web:", "interval 1s", "3 machines of 1 replicas (journal)",
        "a burst replica (journal), at most 10 of them"}) {
    CAPTURE(words);
    CHECK(played.first.find(words) != std::string::npos);
  }
}

TEST_CASE("a sweep where the records are not leaves the burst of a running controller alone") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  const std::string elsewhere{site.config_without_state()};
  const auto blind{site.command({"sweep", "-c", elsewhere, "--yes"})};
  CHECK(blind.second == 1);
  CHECK(blind.first.find("there is no state in") != std::string::npos);
  CHECK(blind.first.find("--without-state") != std::string::npos);
  const auto young{site.command({"sweep", "-c", elsewhere, "--without-state", "--yes"})};
  CHECK(young.second == 0);
  CHECK(young.first.find("0 orphans, 0 removed, 5 too young to judge") != std::string::npos);
  const auto unasked{
      site.command({"sweep", "-c", elsewhere, "--without-state", "--min-age", "0s"})};
  CHECK(unasked.second == 2);
  CHECK(unasked.first.find("needs --yes") != std::string::npos);
  const auto busy{site.command({"sweep", "-c", site.config_path(), "--yes"})};
  CHECK(busy.second == 1);
  CHECK(busy.first.find("in use by another controller") != std::string::npos);
  const auto dry{site.command({"sweep", "-c", site.config_path(), "--dry-run"})};
  CHECK(dry.second == 0);
  CHECK(dry.first.find("0 orphans, 0 removed (dry run)") != std::string::npos);
  CHECK(site.groups_in("serving") == 5);

  spillway->send_signal(SIGKILL);
  REQUIRE(spillway->wait_for_exit());
  CHECK(site.sweep_cloud() == 5);
  CHECK(site.sweep_cloud() == 0);
}

}  // namespace spillway::daemon_records_test
