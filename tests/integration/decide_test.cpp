// `spillway decide` from outside: the real binary behind a pipe, a line at a time.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/support/child_process.hpp"

namespace spillway::testing {
namespace {

std::string variable(const char* name) {
  const char* value{std::getenv(name)};
  REQUIRE_MESSAGE(value, "run this through `meson test`, which says where things are");
  return value;
}

std::string command(const std::string& workload) {
  return variable("SPILLWAY") + " decide --config " + variable("PROFILE") + " --workload " +
         workload;
}

TEST_CASE("every observation is answered before the next one is sent") {
  const ScratchDirectory scratch{};
  const std::string pipe{(scratch.path() / "observations").string()};
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  ChildProcess child{{"/bin/sh", "-c", "exec " + command("reference") + " < " + pipe}};
  std::ofstream observations{pipe};
  for (int tick{1}; tick <= 40; ++tick) {
    observations << "{\"at\":" << 15 * tick << ",\"load\":" << 60 + 4 * tick
                 << ",\"utilization\":" << std::min(1.0, (60 + 4 * tick) / 100.0)
                 << ",\"queue\":0,\"late\":0,\"base\":{\"ready\":8},"
                 << "\"vms\":{\"ready\":0,\"starting\":0},"
                 << "\"burst\":{\"ready\":2,\"starting\":0,\"draining\":0}}\n"
                 << std::flush;
    const bool is_answered{
        wait_until([&] { return std::ranges::count(child.standard_output(), '\n') == tick; })};
    REQUIRE(is_answered);
  }
  observations.close();
  REQUIRE(child.wait_for_exit());
  CHECK(child.exit_code() == 0);
  CHECK(child.standard_error() == "");
  const std::string answers{child.standard_output()};
  const std::string last{answers.substr(answers.rfind('\n', answers.size() - 2) + 1)};
  const auto answer{boost::json::parse(last).as_object()};
  // 220 req/s and rising, 10 req/s a replica, 8 of them on the cluster.
  CHECK(answer.at("burst").as_int64() >= 15);
  // For ten minutes: not long enough for a machine to pay off.
  CHECK(answer.at("vms").as_int64() == 0);
}

TEST_CASE("a burst that has become the norm gets machines") {
  const ScratchDirectory scratch{};
  std::string lines{};
  for (int tick{1}; tick <= 240; ++tick) {
    lines += "{\"at\":" + std::to_string(15 * tick) +
             ",\"load\":180,\"utilization\":0.9,\"queue\":0,\"late\":0,\"base\":{\"ready\":8},"
             "\"burst\":{\"ready\":12}}\n";
  }
  const std::string file{scratch.write("observations", lines)};
  ChildProcess child{{"/bin/sh", "-c", "exec " + command("reference") + " < " + file}};
  REQUIRE(child.wait_for_exit());
  const std::string answers{child.standard_output()};
  const std::string last{answers.substr(answers.rfind('\n', answers.size() - 2) + 1)};
  CHECK(boost::json::parse(last).as_object().at("vms").as_int64() >= 2);
}

TEST_CASE("a bad line and an unknown workload are usage errors that say what is wrong") {
  ChildProcess bad{{"/bin/sh", "-c", "echo '{\"at\":true}' | " + command("reference-price")}};
  REQUIRE(bad.wait_for_exit());
  CHECK(bad.exit_code() == 2);
  CHECK(bad.standard_error().find("line 1: ") != std::string::npos);
  CHECK(boost::json::parse(bad.standard_output()).as_object().contains("error"));
  ChildProcess unknown{{"/bin/sh", "-c", command("referense") + " < /dev/null"}};
  REQUIRE(unknown.wait_for_exit());
  CHECK(unknown.exit_code() == 2);
  CHECK(unknown.standard_error().find("reference-price") != std::string::npos);
}

TEST_CASE("the reference profile passes the check") {
  ChildProcess check{{variable("SPILLWAY"), "check", "--config", variable("PROFILE")}};
  REQUIRE(check.wait_for_exit());
  CHECK(check.standard_error() == "");
  CHECK(check.exit_code() == 0);
}

}  // namespace
}  // namespace spillway::testing
