// What the program's commands say: mistakes with the word that was meant, plans, status, version.
#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "tests/integration/daemon/site.hpp"

namespace json = boost::json;

namespace spillway::daemon_commands_test {

using namespace spillway::testing;
using daemon_site::Site;

TEST_CASE("a typo in the config is told with its place and the word that was meant") {
  Site site{};
  site.write_broken_config();
  const auto [output, code]{site.command({"check", "-c", site.config_path()})};
  CHECK(code == 2);
  CHECK(output.find("spillway.yaml:1:7: mode") != std::string::npos);
  CHECK(output.find("spillway.yaml:2:1: intervall") != std::string::npos);
  CHECK(output.find("did you mean \"interval\"") != std::string::npos);
}

TEST_CASE("a mistyped command is told the one that was meant") {
  Site site{};
  const auto [output, code]{site.command({"chekc", "-c", site.config_path()})};
  CHECK(code == 2);
  CHECK(output.find("there is no command \"chekc\"; did you mean \"check\"?") != std::string::npos);
}

TEST_CASE("plan says what would happen, changes nothing, and exits with 3") {
  Site site{};
  const auto [output, code]{site.command({"plan", "-c", site.config_path()})};
  CHECK(code == 3);
  CHECK(output.find("create 5") != std::string::npos);
  CHECK(output.find("60.0 req/s need 8 replicas") != std::string::npos);
  CHECK(site.sweep_cloud() == 0);
}

TEST_CASE("plan said that a reading is missing, and not why: its workload stayed blind") {
  Site site{};
  site.write_config_with("query: value", "query: velue");
  const auto [output, code]{site.command({"plan", "-c", site.config_path()})};
  const std::string shown{output};  // clang 14 captures no structured binding
  CAPTURE(shown);
  CHECK(output.find("load missing") != std::string::npos);
  CHECK(output.find("\n  load is missing: ") != std::string::npos);
  CHECK(output.find("velue") != std::string::npos);
}

TEST_CASE("check takes its file as a word of its own, too") {
  Site site{};
  const auto [output, code]{site.command({"check", site.config_path()})};
  CHECK(code == 0);
  CHECK(output.find(site.config_path() + ": ok") != std::string::npos);
}

TEST_CASE("what check accepts without a provider, run observes and plan explains") {
  Site site{};
  site.write_config_without_provider();
  CHECK(site.command({"check", "-c", site.config_path()}).second == 0);
  const auto planned{site.command({"plan", "-c", site.config_path()})};
  CAPTURE(planned.first);
  CHECK(planned.second != 2);
  CHECK(planned.first.find("60.0 req/s need 8 replicas") != std::string::npos);
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.status().is_object(); }, patience));
  CHECK(json::serialize(site.status()).find("60.0 req/s need 8 replicas") != std::string::npos);
  CHECK(site.groups_in("serving") == 0);
  CHECK(site.exchanges() == 0);
  spillway->send_signal(SIGTERM);
  CHECK(spillway->wait_for_exit(patience));
  CHECK(spillway->exit_code() == 0);
}

TEST_CASE("drain, status and explain say the same as tables and as JSON") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.groups_in("serving") == 5; }, patience));
  const std::vector<std::string> api{"--api", site.api_url()};
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.end(), api.begin(), api.end());
    return site.command(words);
  };
  const auto [table, table_code]{ask({"status"})};
  CHECK(table_code == 0);
  CHECK(table.find("WORKLOAD") != std::string::npos);
  CHECK(table.find("PHASE") != std::string::npos);
  const auto [words, words_code]{ask({"explain", "web", "-n", "1"})};
  CHECK(words_code == 0);
  CHECK(words.find("60.0 req/s need 8 replicas") != std::string::npos);

  const auto [refused, refused_code]{ask({"drain", "--workload", "wbe", "--for", "10m"})};
  CHECK(refused_code == 1);
  CHECK(refused == "spillway: NotFound: there is no workload \"wbe\"; did you mean \"web\"?\n");
  const auto [unknown, unknown_code]{ask({"explain", "wbe"})};
  CHECK(unknown_code == 1);
  CHECK(unknown == refused);
  const auto [unclear, unclear_code]{ask({"drain", "--workload", "web", "--for", "10"})};
  CHECK(unclear_code == 2);
  CHECK(unclear.find("--for: \"10\" has no unit; expected a duration such as 10m") !=
        std::string::npos);
  const auto [drained,
              drained_code]{ask({"drain", "--workload", "web", "--for", "10m", "-o", "json"})};
  CHECK(drained_code == 0);
  CHECK(json::parse(drained).is_object());
  CHECK(wait_until([&] { return site.groups_in("serving") == 0; }, patience));
  spillway->send_signal(SIGTERM);
  CHECK(spillway->wait_for_exit(patience));
}

TEST_CASE(
    "plan went on without a state that a newer version wrote, and planned creates beside it") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.status().is_object(); }, patience));
  spillway->send_signal(SIGTERM);
  REQUIRE(spillway->wait_for_exit(patience));
  site.age_program();
  const auto run{site.command({"run", "-c", site.config_path()})};
  const auto planned{site.command({"plan", "-c", site.config_path()})};
  CHECK(run.second == 1);
  CHECK(planned.second == run.second);
  CHECK(planned.first == run.first);
  CHECK(planned.first.find("was written by a newer Spillway") != std::string::npos);
}

TEST_CASE("reload says what is wrong with the config, and the old one stays in force") {
  Site site{};
  auto spillway{site.start()};
  REQUIRE(wait_until([&] { return site.status().is_object(); }, patience));
  const std::string api{site.api_url()};
  site.write_broken_config();
  const auto [words, code]{site.command({"reload", "--api", api})};
  CHECK(code == 1);
  CHECK(words.find("the old configuration stays") != std::string::npos);
  CHECK(words.find("intervall") != std::string::npos);
  const auto [unreached, unreached_code]{site.command({"reload", "--api", "http://127.0.0.1:1"})};
  CHECK(unreached_code == 1);
  CHECK(unreached.find("is `spillway run` running?") != std::string::npos);
  CHECK(spillway->is_running());
}

TEST_CASE(
    "status, explain and drain could not be told the config that has the address and the token") {
  Site site{};
  site.write_config_with("api: {listen:", "api: {token: let-me-in, listen:");
  auto spillway{site.start()};
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"-c", site.config_path()});
    return site.command(words);
  };
  REQUIRE(wait_until([&] { return ask({"status"}).second == 0; }, patience));
  CHECK(ask({"explain", "web", "-n", "1"}).first.find("need 8 replicas") != std::string::npos);
  CHECK(ask({"drain", "--workload", "web", "--for", "10m"}).second == 0);
  CHECK(ask({"reload"}) == std::pair{std::string{"nothing changed\n"}, 0});
  CHECK(json::parse(ask({"reload", "-o", "json"}).first).at("reloaded") == "nothing changed");
  // Flags win over it.
  CHECK(ask({"status", "--token", "other"}).first.find("Denied") != std::string::npos);
  CHECK(ask({"status", "--api", "http://127.0.0.1:1"}).first.find("127.0.0.1:1") !=
        std::string::npos);
  const auto absent{site.command({"status", "-c", site.config_path() + ".not"})};
  CHECK(absent.second == 2);
  spillway->send_signal(SIGTERM);
  CHECK(spillway->wait_for_exit(patience));
}

TEST_CASE("what a command cannot mean is a mistake of usage, with what was expected") {
  Site site{};
  struct Row {
    std::vector<std::string> words;
    std::string says;
  };
  for (const Row& row :
       {Row{{"drain", "--workload", "web", "--for", "500ms"},
            "--for: \"500ms\" is out of range; expected 1s to 168h, such as 10m"},
        Row{{"drain", "--workload", "web", "--for", "90d"},
            "--for: \"90d\" is out of range; expected 1s to 168h, such as 10m"},
        Row{{"status", "--api", "localhost"},
            "\"localhost\" is no address; expected one such as http://127.0.0.1:9900"}}) {
    const auto ran{site.command(row.words)};
    CAPTURE(ran.first);
    CHECK(ran.second == 2);
    CHECK(ran.first.find(row.says) != std::string::npos);
  }
}

TEST_CASE(
    "an address in SPILLWAY_API that is none ended in an error that did not say where it was") {
  const auto run{[](std::vector<std::string> words) {
    words.insert(words.begin(), testing::program("SPILLWAY"));
    testing::ChildProcess child{std::move(words), {.environment = {{"SPILLWAY_API", "localhost"}}}};
    REQUIRE(child.wait_for_exit(patience));
    return std::pair{child.standard_output() + child.standard_error(), *child.exit_code()};
  }};
  const auto ran{run({"status"})};
  CAPTURE(ran.first);
  CHECK(ran.second == 2);
  CHECK(ran.first.starts_with(
      "SPILLWAY_API in the environment: \"localhost\" is no address; expected "
      "one such as http://127.0.0.1:9900"));
  // Named on the command line, or needed by nobody.
  CHECK(run({"status", "--api", "http://127.0.0.1:1"}).second == 1);
  CHECK(run({"version"}).second == 0);
}

TEST_CASE("help shows the words of a choice, not the numbers that they stand for") {
  Site site{};
  const auto [help, code]{site.command({"status", "--help"})};
  CHECK(code == 0);
  CHECK(help.find("{table,json}") != std::string::npos);
  CHECK(help.find("->") == std::string::npos);
}

TEST_CASE("the version is told in every usual way") {
  Site site{};
  const auto [words, code]{site.command({"version"})};
  CHECK(code == 0);
  CHECK(words.starts_with("spillway "));
  CHECK(site.command({"--version"}).first == words);
  const auto page{site.command({"version", "-o", "json"})};
  CHECK(words ==
        "spillway " + std::string{json::parse(page.first).at("version").as_string()} + "\n");
}

}  // namespace spillway::daemon_commands_test
