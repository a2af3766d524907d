// The whole program from outside: a real `spillway run` against the emulator, whose groups are real
// processes on loopback. Kills, restarts, reloads and typos, as an operator would meet them.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "tests/integration/real_programs.hpp"
#include "tests/support/child_process.hpp"

namespace json = boost::json;

namespace spillway::testing {
namespace {

/// Three base replicas of 10 requests per second, and a load that needs 60 / (10 * 0.8) = 8.
constexpr const char* config_template{R"yaml(
mode: act
owner: daemon-test
interval: 1s
on_stop: {on_stop}
state: {{directory: {directory}/{state}}}
api: {{listen: "127.0.0.1:{port}"}}
metric_sources:
  trace: {{type: file, path: {directory}/load.csv}}
clusters:
  vms: {{type: static_vms, count: 3}}
traffic:
  lb:
    type: template_file
    template: {directory}/servers.tmpl
    file: {directory}/servers.conf
    validate: [grep, -q, base, "{{{{new_file}}}}"]
{provider}
workloads:
  web:
    cluster: vms
    traffic: [lb]
    signals:
      load: {{source: trace, query: value}}
    policies:
      - {{type: target_utilization, target_utilization: 80%, replica_capacity: 10/s}}
    limits: {{max_burst: 10}}
    replica:
      image: demo/web:1
      port: 8000
      vcpu: 1
      memory: 1.5 GB
      probe: {{http: /healthz}}
    lifecycle: {{drain_deadline: 2s}}  # nothing counts requests in flight here
)yaml"};

/// An emulator and what one or several controllers share.
class Site {
 public:
  Site() {
    directory_.write("load.csv", "t_s,value\n0,60\n100000,60\n");
    directory_.write("servers.tmpl",
                     "base\n{{#admitted_replicas}}\nserver {{address}}\n{{/admitted_replicas}}\n");
    write_config("leave");
  }

  void write_config(std::string_view on_stop) {
    directory_.write("spillway.yaml", config(on_stop, "state"));
  }
  void write_config_with_secret(std::string_view secret) {
    std::string text{config("drain", "state")};
    constexpr std::string_view known{"client_secret: emulator-secret"};
    text.replace(text.find(known), known.size(), "client_secret: " + std::string{secret});
    directory_.write("spillway.yaml", text);
  }
  /// Neither who we are nor where burst would run.
  void write_config_without_provider() {
    std::string text{config("leave", "state")};
    const auto cut{[&text](const std::string& part, std::string_view instead) {
      const std::size_t at{text.find(part)};
      REQUIRE(at != text.npos);
      text.replace(at, part.size(), instead);
    }};
    cut("mode: act\nowner: daemon-test\n", "mode: observe\n");
    cut(cloud_.provider_section(), "");
    directory_.write("spillway.yaml", text);
  }
  void write_broken_config() { directory_.write("spillway.yaml", "mode: actt\nintervall: 1s\n"); }

  std::unique_ptr<ChildProcess> start() const { return spillway_.start(); }
  std::pair<std::string, int> command(std::vector<std::string> arguments) const {
    return spillway_.command(std::move(arguments));
  }
  int groups_in(std::string_view phase) const { return spillway_.count_in(phase); }

  /// How many groups of this owner are in the cloud, recorded or not; removes them.
  int sweep_cloud() {
    const auto swept{command({"sweep", "-c", config_path(), "--without-state", "--yes", "--min-age",
                              "0s", "-o", "json"})};
    REQUIRE(swept.second == 0);
    return static_cast<int>(json::parse(swept.first).at("orphans").as_array().size());
  }
  /// How many requests the cloud has seen.
  std::size_t exchanges() const { return cloud_.exchanges().size(); }
  /// The groups that a request of this method named, each once.
  std::set<std::string> groups_asked(std::string_view method) const {
    std::set<std::string> names{};
    for (const auto& exchange : cloud_.exchanges()) {
      const auto slash = exchange.path.rfind('/');
      const bool is_group{exchange.path.substr(0, slash).ends_with("/containerGroups")};
      if (exchange.method == method && is_group) names.insert(exchange.path.substr(slash + 1));
    }
    return names;
  }

  /// Where the same owner's records are not: as on another machine.
  std::string config_without_state() {
    return directory_.write("elsewhere.yaml", config("leave", "nothing"));
  }

  json::value status() const { return spillway_.status(); }
  const std::string& config_path() const { return spillway_.config_path(); }
  std::string api_url() const { return fmt::format("http://127.0.0.1:{}", spillway_.api_port()); }

  /// The file that a balancer would read.
  std::string servers() const {
    std::ifstream file{directory_.path() / "servers.conf"};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void edit_servers(std::string_view text) { directory_.write("servers.conf", text); }

 private:
  std::string config(std::string_view on_stop, std::string_view state) const {
    return fmt::format(fmt::runtime(config_template), fmt::arg("on_stop", on_stop),
                       fmt::arg("state", state), fmt::arg("directory", directory_.path().string()),
                       fmt::arg("port", spillway_.api_port()),
                       fmt::arg("provider", cloud_.provider_section()));
  }

  ScratchDirectory directory_{};
  EmulatedCloud cloud_{directory_, "--service-time, 10ms, --concurrency, \"1\""};
  SpillwayProgram spillway_{(directory_.path() / "spillway.yaml").string()};
};

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
  CHECK(refused.find("wbe") != std::string::npos);
  const auto [unclear, unclear_code]{ask({"drain", "--workload", "web", "--for", "10"})};
  CHECK(unclear_code == 2);
  CHECK(unclear.find("--for") != std::string::npos);
  const auto [drained,
              drained_code]{ask({"drain", "--workload", "web", "--for", "10m", "-o", "json"})};
  CHECK(drained_code == 0);
  CHECK(json::parse(drained).is_object());
  CHECK(wait_until([&] { return site.groups_in("serving") == 0; }, patience));
  spillway->send_signal(SIGTERM);
  CHECK(spillway->wait_for_exit(patience));
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

TEST_CASE("plan says what would happen, changes nothing, and exits with 3") {
  Site site{};
  const auto [output, code]{site.command({"plan", "-c", site.config_path()})};
  CHECK(code == 3);
  CHECK(output.find("create 5") != std::string::npos);
  CHECK(output.find("60.0 req/s need 8 replicas") != std::string::npos);
  CHECK(site.sweep_cloud() == 0);
}

}  // namespace
}  // namespace spillway::testing
