#include "tests/emulator/lifecycle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::emulator {
namespace {

using Kind = ContainerState::Kind;

// Kubernetes' numbers, which the service's BackOff events show as well: 10 s doubling to 5 minutes,
// forgotten after 10 minutes of running.
constexpr Duration back_off_first{std::chrono::seconds{10}};
constexpr Duration back_off_max{std::chrono::minutes{5}};
constexpr Duration back_off_forgotten{std::chrono::minutes{10}};

// The code the process backend reports for a command that cannot be started at all; the shell's.
constexpr int cannot_start{127};

Effect schedule(TimePoint at, Event event) {
  return {.what = Do::schedule, .at = at, .event = std::move(event)};
}

void reset_containers(Group& group, bool restarted) {
  for (Container& container : group.containers) {
    if (restarted && container.current.kind != Kind::waiting) {
      container.previous = container.current;
      ++container.restart_count;
    }
    container.current = {};
    container.failures = 0;
    ++container.run;
  }
}

Effects node_ready(Group& group, TimePoint now) {
  if (group.phase == Phase::pending) group.phase = Phase::creating;
  for (Container& container : group.containers) {
    note_event(container.events, "Pulling", fmt::format("pulling image \"{}\"", container.image),
               now);
  }
  return {{.what = Do::take_address}, {.what = Do::bill_from_now}};
}

Effect start(Group& group, std::size_t index, TimePoint now) {
  Container& container{group.containers[index]};
  ++container.run;
  container.current = {.kind = Kind::running, .started = now};
  note_event(container.events, "Created", fmt::format("Created container {}", container.name), now);
  note_event(container.events, "Started", fmt::format("Started container {}", container.name), now);
  return {.what = Do::start_container, .container = index};
}

Effects images_pulled(Group& group, TimePoint now) {
  group.phase = Phase::provisioned;
  Effects effects{{.what = Do::operation_succeeded}};
  for (std::size_t i{0}; i < group.containers.size(); ++i) {
    Container& container{group.containers[i]};
    note_event(container.events, "Pulled",
               fmt::format("Successfully pulled image \"{}\"", container.image), now);
    effects.push_back(start(group, i, now));
  }
  return effects;
}

Effects start_failed(Group& group, const std::string& why, TimePoint now) {
  group.phase = Phase::failed;
  note_event(group.events, "Failed", why, now, true);
  return {{.what = Do::operation_failed, .text = why}};
}

bool starts_again(const Group& group, int exit_code) {
  // A command that cannot start is tried again even with Never: so the service does (TRAPS 19).
  return group.restart_policy == RestartPolicy::always || exit_code == cannot_start ||
         (group.restart_policy == RestartPolicy::on_failure && exit_code != 0);
}

Effects container_exited(Group& group, const Event& event, TimePoint now) {
  Container& container{group.containers[event.container]};
  const TimePoint started{container.current.started.value_or(now)};
  container.current = {.kind = Kind::terminated,
                       .started = started,
                       .finished = now,
                       .exit_code = event.exit_code,
                       .detail = event.exit_code == 0 ? "Completed" : "Error"};
  if (event.exit_code != 0) {
    note_event(
        container.events, "Failed",
        fmt::format("Container {} terminated with ExitCode {}", container.name, event.exit_code),
        now, true);
  }
  if (!starts_again(group, event.exit_code)) {
    return all_ended(group) ? Effects{{.what = Do::bill_until_now}} : Effects{};
  }
  if (now - started >= back_off_forgotten) container.failures = 0;
  const Duration wait{
      container.failures == 0
          ? Duration::zero()
          : std::min(back_off_max, back_off_first * (1 << std::min(container.failures - 1, 5)))};
  ++container.failures;
  if (wait > Duration::zero()) {
    container.previous = container.current;
    container.current = {.kind = Kind::waiting, .detail = "CrashLoopBackOff"};
    note_event(container.events, "BackOff", "Back-off restarting failed container", now, true);
  }
  return {schedule(now + wait, {.signal = Signal::container_due,
                                .generation = group.generation,
                                .container = event.container,
                                .run = container.run})};
}

Effects container_due(Group& group, std::size_t index, TimePoint now) {
  Container& container{group.containers[index]};
  if (container.current.kind == Kind::terminated) container.previous = container.current;
  ++container.restart_count;
  return {start(group, index, now)};
}

bool of_this_run(const Group& group, const Event& event) {
  return event.container < group.containers.size() &&
         group.containers[event.container].run == event.run;
}

}  // namespace

Effects begin_start(Group& group, const StartPlan& plan, TimePoint now) {
  const bool restarted{group.phase == Phase::provisioned};
  ++group.generation;
  group.phase = plan.during;
  Effects effects{{.what = Do::kill_containers}};
  if (plan.new_address) effects.push_back({.what = Do::release_address});
  reset_containers(group, restarted);
  const Event event{.generation = group.generation};
  const auto with{[&](Signal signal) {
    Event copy{event};
    copy.signal = signal;
    return copy;
  }};
  const TimePoint node{now + plan.until_node};
  const TimePoint pulled{node + plan.until_pulled};
  effects.push_back(schedule(node, with(Signal::node_ready)));
  if (plan.stuck) {
    effects.push_back(schedule(now + plan.give_up_after, with(Signal::gave_up)));
  } else if (!plan.failure.empty()) {
    Event failure{with(Signal::start_failed)};
    failure.text = plan.failure;
    effects.push_back(schedule(pulled, failure));
    if (plan.recovers_after) {
      effects.push_back(schedule(pulled + *plan.recovers_after, with(Signal::images_pulled)));
    }
  } else {
    effects.push_back(schedule(pulled, with(Signal::images_pulled)));
  }
  return effects;
}

Effects begin_stop(Group& group, TimePoint now) {
  ++group.generation;
  group.phase = Phase::stopped;
  for (Container& container : group.containers) {
    ++container.run;
    if (container.current.kind != Kind::running) continue;
    container.current = {.kind = Kind::terminated,
                         .started = container.current.started,
                         .finished = now,
                         .exit_code = 137,
                         .detail = "Stopped"};
    note_event(container.events, "Killing", fmt::format("Killing container {}", container.name),
               now);
  }
  return {{.what = Do::kill_containers},
          {.what = Do::bill_until_now},
          {.what = Do::release_address},
          {.what = Do::operation_succeeded}};
}

Effects begin_delete(Group& group, std::optional<Duration> takes, TimePoint now) {
  ++group.generation;
  group.phase = Phase::deleting;
  for (Container& container : group.containers) ++container.run;
  if (!takes) return {};
  return {{.what = Do::stop_containers},
          schedule(now + *takes, {.signal = Signal::removed, .generation = group.generation})};
}

Effects step(Group& group, const Event& event, TimePoint now) {
  if (event.generation != group.generation) return {};
  switch (event.signal) {
    case Signal::node_ready:
      return node_ready(group, now);
    case Signal::images_pulled:
      return images_pulled(group, now);
    case Signal::start_failed:
      return start_failed(group, event.text, now);
    case Signal::gave_up:
      return start_failed(group, "The container group did not start within 30 minutes.", now);
    case Signal::container_exited:
      return of_this_run(group, event) ? container_exited(group, event, now) : Effects{};
    case Signal::container_due:
      return of_this_run(group, event) ? container_due(group, event.container, now) : Effects{};
    case Signal::removed:
      return {{.what = Do::bill_until_now},
              {.what = Do::release_address},
              {.what = Do::operation_succeeded},
              {.what = Do::remove_group}};
  }
  return {};
}

}  // namespace spillway::emulator
