#include "tests/support/child_process.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <set>
#include <stdexcept>

namespace spillway::testing {
namespace {

TEST_CASE("a child's output, errors and exit code are seen") {
  ChildProcess child{{"sh", "-c", "echo out; echo err >&2; exit 3"}};
  REQUIRE(child.wait_for_exit());
  CHECK(child.exit_code() == 3);
  CHECK(child.standard_output() == "out\n");
  CHECK(child.standard_error() == "err\n");
}

TEST_CASE("a child gets its environment and its directory") {
  const ScratchDirectory scratch{};
  ChildProcess child{{"sh", "-c", "echo $WORD; pwd"},
                     {.environment = {{"WORD", "hello"}}, .directory = scratch.path()}};
  REQUIRE(child.wait_for_exit());
  CHECK(child.standard_output() == "hello\n" + scratch.path().string() + "\n");
}

TEST_CASE("a destroyed child takes its own children along") {
  pid_t grandchild{0};
  {
    ChildProcess child{{"sh", "-c", "sleep 1000 & echo $!; wait"}};
    REQUIRE(wait_until([&] { return child.standard_output().ends_with("\n"); }));
    grandchild = std::stoi(child.standard_output());
    REQUIRE(kill(grandchild, 0) == 0);
  }
  // The orphan is reaped by init, which takes a moment; a zombie answers signal 0 as well.
  CHECK(wait_until([&] {
    if (kill(grandchild, 0) != 0) return true;
    ChildProcess state{{"sh", "-c", "cut -d' ' -f3 /proc/" + std::to_string(grandchild) + "/stat"}};
    state.wait_for_exit();
    return state.standard_output() == "Z\n";
  }));
}

TEST_CASE("a child that ignores SIGTERM is killed after the grace time") {
  ChildProcess child{{"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1000; done"}};
  REQUIRE(wait_until([&] { return child.standard_output() == "ready\n"; }));
  CHECK(child.stop(std::chrono::milliseconds{50}) == 128 + SIGKILL);
  CHECK_FALSE(child.is_running());
}

TEST_CASE("a program that does not exist is an error at once") {
  CHECK_FALSE(find_program("no-such-program-here"));
  CHECK_THROWS_AS(ChildProcess({"no-such-program-here"}), std::runtime_error);
}

TEST_CASE("two programs that start at once never share a port") {
  constexpr std::size_t count{50};
  int result[2];
  int hold[2];  // the child lives, and keeps its ports, until this is closed
  REQUIRE(pipe(result) == 0);
  REQUIRE(pipe(hold) == 0);
  std::set<std::uint16_t> ports{free_port()};  // the child goes on with the same random numbers
  const pid_t child{fork()};
  REQUIRE(child >= 0);
  if (child == 0) {
    close(hold[1]);
    std::array<std::uint16_t, count> taken{};
    for (std::uint16_t& port : taken) port = free_port();
    char nothing{};
    const bool is_told{write(result[1], taken.data(), sizeof taken) == sizeof taken};
    _exit(is_told && read(hold[0], &nothing, 1) == 0 ? 0 : 1);
  }
  std::array<std::uint16_t, count> taken{};
  REQUIRE(read(result[0], taken.data(), sizeof taken) == sizeof taken);
  ports.insert(taken.begin(), taken.end());
  for (std::size_t i{0}; i < count; ++i) ports.insert(free_port());
  CHECK(ports.size() == 2 * count + 1);
  for (const int descriptor : {hold[0], hold[1], result[0], result[1]}) close(descriptor);
  int status{-1};
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

}  // namespace
}  // namespace spillway::testing
