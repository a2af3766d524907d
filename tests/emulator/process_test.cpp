// The process backend with real processes: output, exit codes, signals, and that nothing survives.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "tests/emulator/harness.hpp"
#include "tests/emulator/process_backend.hpp"

namespace spillway::emulator::process_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

/// A cloud whose containers are processes, in hand-turned time: only the processes are real.
struct ProcessCloud {
  explicit ProcessCloud(EmulatorOptions with = plain_options())
      : options{std::move(with)},
        backend{context, options, [this] { return now; }},
        cloud{options, backend, now} {
    backend.on_exit = [this](const RunId& run, int code) {
      cloud.world().advance_to(now);
      cloud.world().container_exited(run, code);
    };
    std::string name{(std::filesystem::temp_directory_path() / "emulator-test-XXXXXX").string()};
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
  }
  ~ProcessCloud() {
    cloud.world().reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  ProcessCloud(const ProcessCloud&) = delete;
  ProcessCloud& operator=(const ProcessCloud&) = delete;

  Response send(std::string_view method, const std::string& target, const std::string& body = {}) {
    return cloud.handle({.method = std::string{method},
                         .target = target,
                         .base_url = "http://x",
                         .headers = {{"Content-Type", "application/json"}},
                         .body = body},
                        now);
  }
  /// Creates a group that runs `script` in a shell and lets it start.
  void start(const std::string& script, const char* policy = "Never") {
    options_of_cloud().images["demo/web:1"].command = {"sh", "-c", script};
    json::value body(small_group());
    body.at("properties").as_object()["restartPolicy"] = policy;
    REQUIRE(send("PUT", Harness::path("/web"), json::serialize(body)).status == 201);
    now += 1min;
    send("GET", Harness::path("/web"));
  }
  std::string view(const std::string& pointer) {
    return text_at(send("GET", Harness::path("/web")),
                   "/properties/containers/0/properties/instanceView" + pointer);
  }
  std::string log() {
    return text_at(send("GET", Harness::path("/web/containers/main/logs")), "/content");
  }
  std::string file(const std::string& name) const {
    std::ifstream stream{folder + "/" + name};
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  /// Lets events happen until `what` is true; false if it never is.
  bool eventually(const std::function<bool()>& what) {
    const auto deadline{std::chrono::steady_clock::now() + 20s};
    while (!what()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      context.restart();
      context.run_one_for(10ms);
    }
    return true;
  }
  EmulatorOptions& options_of_cloud() { return options; }

  boost::asio::io_context context{};
  EmulatorOptions options;
  TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  ProcessBackend backend;
  Cloud cloud;
  std::string folder{};
};

/// Neither gone nor a zombie that nobody has reaped yet.
bool is_alive(const std::string& pid_text) {
  std::ifstream stat{"/proc/" + std::to_string(std::stoi(pid_text)) + "/stat"};
  std::string text;
  std::getline(stat, text);
  const std::size_t name_end{text.rfind(')')};
  return name_end != std::string::npos && text.substr(name_end + 2, 1) != "Z";
}

TEST_CASE("output and exit code of a container are real") {
  ProcessCloud azure;
  azure.start("echo out; echo err >&2; exit 3");
  REQUIRE(azure.eventually([&] { return azure.view("/currentState/state") == "Terminated"; }));
  CHECK(azure.view("/currentState/exitCode") == "3");
  CHECK(azure.log() == "out\nerr\n");
}

TEST_CASE("a container knows its address, its port and its environment, but not the emulator's") {
  setenv("EMULATOR_PRIVATE", "do not leak", 1);
  ProcessCloud azure;
  azure.start("echo {ip}:{port} {group} [$EMULATOR_PRIVATE]");
  REQUIRE(azure.eventually([&] { return azure.view("/currentState/state") == "Terminated"; }));
  // The first one that is free: another emulator on this machine may have taken some.
  const std::string ip{
      text_at(azure.send("GET", Harness::path("/web")), "/properties/ipAddress/ip")};
  CHECK(ip.starts_with("127.42."));
  CHECK(azure.log() == ip + ":8000 web []\n");
}

TEST_CASE("death by a signal is 128 and its number") {
  ProcessCloud azure;
  azure.start("kill -SEGV $$");
  REQUIRE(azure.eventually([&] { return azure.view("/currentState/state") == "Terminated"; }));
  CHECK(azure.view("/currentState/exitCode") == "139");
}

TEST_CASE("a container that ends is started again by its policy") {
  ProcessCloud azure;
  azure.start("echo run >> " + azure.folder + "/runs; exit 0", "Always");
  CHECK(azure.eventually([&] {
    azure.now += 1min;  // over the back-off
    azure.view("");
    return azure.file("runs").size() >= 12;
  }));
}

TEST_CASE("delete asks with SIGTERM and lets the container finish") {
  ProcessCloud azure;
  azure.start("trap 'echo bye > " + azure.folder + "/end; exit 0' TERM; echo ready > " +
              azure.folder + "/end; while :; do sleep 0.02; done");
  REQUIRE(azure.eventually([&] { return azure.file("end") == "ready\n"; }));
  azure.send("DELETE", Harness::path("/web"));
  CHECK(azure.eventually([&] { return azure.file("end") == "bye\n"; }));
}

TEST_CASE("who ignores SIGTERM is killed after the grace") {
  EmulatorOptions options{plain_options()};
  options.stop_grace = 50ms;
  ProcessCloud azure{options};
  azure.start("trap '' TERM; echo $$ > " + azure.folder + "/pid; while :; do sleep 0.02; done");
  REQUIRE(azure.eventually([&] { return azure.file("pid").ends_with("\n"); }));
  const std::string pid{azure.file("pid")};
  azure.send("DELETE", Harness::path("/web"));
  CHECK(azure.eventually([&] { return !is_alive(pid); }));
}

TEST_CASE("a crash takes the whole tree along, even what has left its session") {
  ProcessCloud azure;
  azure.start("setsid sh -c 'echo $$ > " + azure.folder + "/pid; exec sleep 1000' & wait");
  REQUIRE(azure.eventually([&] { return azure.file("pid").ends_with("\n"); }));
  azure.send("POST", "/_emulator/groups/web/crash", "{}");
  CHECK(azure.eventually([&] { return azure.view("/currentState/state") == "Terminated"; }));
  CHECK_FALSE(is_alive(azure.file("pid")));
}

TEST_CASE("an image without a command is refused with the cure") {
  ProcessCloud azure;
  const Response refused{azure.send("PUT", Harness::path("/web"), json::serialize(small_group()))};
  CHECK(code_of(refused) == "InaccessibleImage");
  CHECK(text_at(refused, "/error/message").find("--config") != std::string::npos);
}

TEST_CASE(
    "a program that does not exist is tried again, as the service does, and says so in its log") {
  ProcessCloud azure;
  azure.options_of_cloud().images["demo/web:1"].command = {"/no/such/program"};
  azure.send("PUT", Harness::path("/web"), json::serialize(small_group()));
  azure.now += 1min;
  REQUIRE(azure.eventually([&] { return azure.view("/restartCount") >= "1"; }));
  CHECK(azure.view("/previousState/exitCode") == "127");
  CHECK(azure.eventually([&] { return azure.log().find("exec failed") == 0; }));
}

TEST_CASE("exec runs a real program on a terminal, if the image's rule lets clients choose") {
  ProcessCloud cloud;
  cloud.start("sleep 1000");
  const auto ask{[&] {
    return cloud.send("POST", Harness::path("/web/containers/main/exec"),
                      R"({"command": "sh", "terminalSize": {"rows": 30, "cols": 90}})");
  }};
  CHECK(code_of(ask()) == "CommandNotAllowed");
  cloud.options_of_cloud().images["demo/web:1"].allow_command = true;
  const Response invited{ask()};
  REQUIRE(invited.status == 200);
  const Response opened{
      cloud.send("GET", text_at(invited, "/webSocketUri").substr(std::string{"ws://x"}.size()))};
  REQUIRE(opened.status == 101);
  std::string screen;
  bool ended{false};
  opened.terminal->open(
      {.output = [&](std::string bytes) { screen += bytes; }, .ended = [&] { ended = true; }});
  opened.terminal->input(text_at(invited, "/password"));
  opened.terminal->input("stty size; echo $((6 * 7)) > " + cloud.folder + "/answer\n");
  CHECK(cloud.eventually([&] { return screen.find("30 90") != std::string::npos; }));
  CHECK(cloud.eventually([&] { return cloud.file("answer") == "42\n"; }));
  opened.terminal->input("exit\n");
  CHECK(cloud.eventually([&] { return ended; }));
  opened.terminal->hang_up();
}

TEST_CASE("kill -9 of the emulator leaves no container behind") {
  ProcessCloud outer;  // only for its folder and patience
  const pid_t emulator{fork()};
  if (emulator == 0) {
    ProcessCloud azure;
    azure.start("(setsid sleep 1000 & echo $! > " + outer.folder + "/grandchild); echo $$ > " +
                outer.folder + "/pid; sleep 1000");
    for (;;) azure.context.run_one_for(1s);
  }
  REQUIRE(outer.eventually([&] { return outer.file("pid").ends_with("\n"); }));
  CHECK(is_alive(outer.file("pid")));
  kill(emulator, SIGKILL);
  waitpid(emulator, nullptr, 0);
  CHECK(outer.eventually([&] { return !is_alive(outer.file("pid")); }));
  CHECK(outer.eventually([&] { return !is_alive(outer.file("grandchild")); }));
}

}  // namespace
}  // namespace spillway::emulator::process_test
