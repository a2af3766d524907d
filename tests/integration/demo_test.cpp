// `config/demo/run` from outside, with a load of half a minute: it bursts and says so, compares
// with a pool without burst, leaves nothing behind, and ends at once when it is told to.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/real_programs.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

namespace spillway::testing {
namespace {

namespace fs = std::filesystem;

/// Three base replicas at 10 requests per second each, and twice that.
constexpr const char* short_load{"t_s,rps\n0,8\n4,60\n22,60\n26,5\n30,5\n"};
constexpr std::chrono::seconds demo_patience{180};

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

class Demo {
 public:
  explicit Demo(std::vector<std::string> options = {}) {
    for (const char* variable : {"SPILLWAY", "ACI_EMULATOR", "DEMO_WORKLOAD", "DEMO_LOAD"}) {
      const fs::path real{program(variable)};
      fs::create_symlink(real, programs_.path() / real.filename());
    }
    std::vector<std::string> command{program("DEMO"), "--no-install",
                                     "--programs",    programs_.path().string(),
                                     "--shape",       programs_.write("load.csv", short_load)};
    command.insert(command.end(), options.begin(), options.end());
    process_ = std::make_unique<ChildProcess>(
        std::move(command),
        ChildProcess::Options{.environment = {{"TMPDIR", scratch_.path().string()}}});
  }

  ChildProcess& process() { return *process_; }
  bool says(std::string_view words) const {
    return process_->standard_output().find(words) != std::string::npos;
  }
  bool has_burst() const {
    constexpr std::string_view key{" burst="};
    const std::string text{process_->standard_output()};
    for (std::size_t at{text.find(key)}; at != text.npos; at = text.find(key, at + 1)) {
      const char digit{text[at + key.size()]};
      if (digit >= '1' && digit <= '9') return true;
    }
    return false;
  }
  /// What it wrote, for a failure.
  std::string words() const { return process_->standard_output() + process_->standard_error(); }

  bool has_left_files() const { return !fs::is_empty(scratch_.path()); }
  /// Programs that were started with its TMPDIR and still run.
  int programs_left() const {
    int count{0};
    for (const fs::directory_entry& each : fs::directory_iterator{"/proc"}) {
      const std::string environment{read(each.path() / "environ")};
      if (environment.find("TMPDIR=" + scratch_.path().string()) != std::string::npos) ++count;
    }
    return count;
  }

 private:
  ScratchDirectory programs_{};
  ScratchDirectory scratch_{};
  std::unique_ptr<ChildProcess> process_{};
};

bool lacks_programs() {
  for (const char* name : {"prometheus", "haproxy", "python3"}) {
    if (find_program(name)) continue;
    skip_test(fmt::format("{} is missing: apt-get install {}", name, name));
    return true;
  }
  return false;
}

TEST_CASE("the demonstration bursts, compares, and leaves no group, process or file") {
  if (lacks_programs()) return;
  Demo demo{};
  REQUIRE(demo.process().wait_for_exit(demo_patience));
  CAPTURE(demo.words());
  CHECK(demo.process().exit_code() == 0);
  CHECK(demo.says("with burst (Spillway)"));
  CHECK(demo.says("without burst"));
  CHECK(demo.says(" groups created, 0 left"));
  CHECK_FALSE(demo.says(" 0 groups created"));
  CHECK(demo.programs_left() == 0);
  CHECK_FALSE(demo.has_left_files());
}

TEST_CASE("the demonstration told to observe creates nothing") {
  if (lacks_programs()) return;
  Demo demo{{"--no-burst"}};
  REQUIRE(demo.process().wait_for_exit(demo_patience));
  CAPTURE(demo.words());
  CHECK(demo.process().exit_code() == 0);
  CHECK(demo.says("Spillway observing only"));
  CHECK(demo.says(" 0 groups created, 0 left"));
  CHECK(demo.programs_left() == 0);
}

TEST_CASE("Ctrl-C in the midst of the demonstration's burst: exit 130, and nothing is left") {
  if (lacks_programs()) return;
  Demo demo{};
  REQUIRE_MESSAGE(wait_until([&] { return demo.has_burst(); }, patience), demo.words());
  demo.process().send_signal(SIGINT);
  REQUIRE(demo.process().wait_for_exit(demo_patience));
  CAPTURE(demo.words());
  CHECK(demo.process().exit_code() == 130);
  CHECK(demo.programs_left() == 0);
  CHECK_FALSE(demo.has_left_files());
}

}  // namespace
}  // namespace spillway::testing
