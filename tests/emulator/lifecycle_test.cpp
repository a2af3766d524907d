#include "tests/emulator/lifecycle.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace spillway::emulator::lifecycle_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};

Group one_container(RestartPolicy policy = RestartPolicy::always) {
  Group group{.subscription = "s", .resource_group = "r", .name = "g", .region = "eastus"};
  group.containers.push_back({.name = "main", .image = "demo/web:1", .cpu = 1, .memory_gb = 1});
  group.restart_policy = policy;
  return group;
}

/// Plays the events that effects schedule until nothing is due by `until`.
struct Player {
  Group group;
  std::vector<std::pair<TimePoint, Event>> queue{};
  std::vector<Do> done{};

  void take(const Effects& effects) {
    for (const Effect& effect : effects) {
      done.push_back(effect.what);
      if (effect.what == Do::schedule) queue.emplace_back(effect.at, effect.event);
    }
  }
  void play(TimePoint until) {
    for (;;) {
      const auto next{
          std::min_element(queue.begin(), queue.end(),
                           [](const auto& a, const auto& b) { return a.first < b.first; })};
      if (next == queue.end() || next->first > until) return;
      const auto [at, event]{*next};
      queue.erase(next);
      take(step(group, event, at));
    }
  }
  void exit(int code, TimePoint at) {
    take(step(group,
              {.signal = Signal::container_exited,
               .generation = group.generation,
               .run = group.containers[0].run,
               .exit_code = code},
              at));
  }
  long count(Do what) const { return std::count(done.begin(), done.end(), what); }
};

const StartPlan usual{.until_node = 10s, .until_pulled = 20s};

TEST_CASE("a start goes from Pending over Creating to Succeeded, and bills from the pull on") {
  Player player{one_container()};
  player.take(begin_start(player.group, usual, t0));
  CHECK(provisioning_state(player.group) == "Pending");
  CHECK(player.count(Do::bill_from_now) == 0);
  player.play(t0 + 10s);
  CHECK(provisioning_state(player.group) == "Creating");
  CHECK(player.count(Do::bill_from_now) == 1);
  CHECK(player.count(Do::start_container) == 0);
  player.play(t0 + 30s);
  CHECK(provisioning_state(player.group) == "Succeeded");
  CHECK(instance_state(player.group) == "Running");
  CHECK(player.count(Do::start_container) == 1);
  CHECK(player.count(Do::operation_succeeded) == 1);
}

TEST_CASE("a stuck start fails when the service gives up, and the group stays") {
  Player player{one_container()};
  player.take(begin_start(player.group, {.until_node = 10s, .stuck = true}, t0));
  player.play(t0 + 29min);
  CHECK(provisioning_state(player.group) == "Creating");
  player.play(t0 + 30min);
  CHECK(provisioning_state(player.group) == "Failed");
  CHECK(player.count(Do::operation_failed) == 1);
  CHECK(player.count(Do::remove_group) == 0);
}

TEST_CASE("a failed start may run after all, and bills") {
  Player player{one_container()};
  player.take(begin_start(
      player.group,
      {.until_node = 10s, .until_pulled = 20s, .failure = "no", .recovers_after = 5min}, t0));
  player.play(t0 + 1min);
  CHECK(provisioning_state(player.group) == "Failed");
  player.play(t0 + 6min);
  CHECK(instance_state(player.group) == "Running");
  CHECK(player.count(Do::start_container) == 1);
}

TEST_CASE("the restart policy decides what follows an exit") {
  struct Row {
    const char* name;
    RestartPolicy policy;
    int exit_code;
    std::string state;
  };
  for (const Row& row : {Row{"always, clean", RestartPolicy::always, 0, "Running"},
                         Row{"always, error", RestartPolicy::always, 1, "Running"},
                         Row{"on failure, clean", RestartPolicy::on_failure, 0, "Succeeded"},
                         Row{"on failure, error", RestartPolicy::on_failure, 1, "Running"},
                         Row{"never, clean", RestartPolicy::never, 0, "Succeeded"},
                         Row{"never, error", RestartPolicy::never, 1, "Failed"},
                         Row{"never, cannot start", RestartPolicy::never, 127, "Running"}}) {
    CAPTURE(row.name);
    Player player{one_container(row.policy)};
    player.take(begin_start(player.group, usual, t0));
    player.play(t0 + 1min);
    player.exit(row.exit_code, t0 + 2min);
    player.play(t0 + 3min);
    CHECK(instance_state(player.group) == row.state);
    CHECK(player.count(Do::bill_until_now) == (row.state == "Running" ? 0 : 1));
  }
}

TEST_CASE("a crash loop backs off longer each time and is counted") {
  Player player{one_container()};
  player.take(begin_start(player.group, usual, t0));
  TimePoint now{t0 + 1min};
  player.play(now);
  std::vector<Duration> pauses;
  for (int i{0}; i < 4; ++i) {
    player.exit(1, now);
    const TimePoint due{player.queue.back().first};
    pauses.push_back(due - now);
    now = due;
    player.play(now);
  }
  CHECK(pauses == std::vector<Duration>{0s, 10s, 20s, 40s});
  CHECK(player.group.containers[0].restart_count == 4);
  CHECK(player.group.containers[0].previous->exit_code == 1);
}

TEST_CASE("events of an older operation change nothing") {
  Player player{one_container()};
  player.take(begin_start(player.group, usual, t0));
  player.take(begin_delete(player.group, 5s, t0 + 1s));
  player.play(t0 + 1h);
  CHECK(player.count(Do::start_container) == 0);
  CHECK(player.count(Do::remove_group) == 1);
}

TEST_CASE("the late exit of an older run does not end the new one") {
  Player player{one_container()};
  player.take(begin_start(player.group, usual, t0));
  player.play(t0 + 1min);
  const std::uint64_t old_run{player.group.containers[0].run};
  player.exit(1, t0 + 2min);
  player.play(t0 + 3min);
  CHECK(step(player.group,
             {.signal = Signal::container_exited,
              .generation = player.group.generation,
              .run = old_run,
              .exit_code = 1},
             t0 + 4min)
            .empty());
  CHECK(instance_state(player.group) == "Running");
}

TEST_CASE("a stopped group keeps nothing and bills no more") {
  Player player{one_container()};
  player.take(begin_start(player.group, usual, t0));
  player.play(t0 + 1min);
  player.take(begin_stop(player.group, t0 + 2min));
  CHECK(instance_state(player.group) == "Stopped");
  CHECK(player.count(Do::bill_until_now) == 1);
  CHECK(player.count(Do::release_address) == 1);
}

}  // namespace
}  // namespace spillway::emulator::lifecycle_test
