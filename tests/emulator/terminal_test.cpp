// Exec and attach: what a simulated shell says, who may open a terminal, and the log as it grows.
#include <doctest/doctest.h>

#include <string>

#include "tests/emulator/harness.hpp"
#include "tests/emulator/simulated_shell.hpp"
#include "tests/emulator/terminal_door.hpp"

namespace spillway::emulator::terminal_test {
namespace {

using namespace std::chrono_literals;

/// The far end of a terminal: what was said, and whether it ended.
struct Screen {
  Terminal::Peer peer() {
    return {.output = [this](std::string bytes) { text += bytes; },
            .ended = [this] { ended = true; }};
  }
  std::string text{};
  bool ended{false};
};

TEST_CASE("a simulated shell echoes what is typed and ends on exit") {
  SimulatedShell shell{"/bin/sh", {.host = "web-1", .environment = {{"MODE", "demo"}}}};
  Screen screen;
  shell.open(screen.peer());
  CHECK(screen.text == "/ # ");
  shell.input("echo hi\r");
  CHECK(screen.text == "/ # echo hi\r\nhi\r\n/ # ");
  screen.text.clear();
  shell.input("envx\x7f\n");
  CHECK(screen.text == "envx\b \b\r\nMODE=demo\r\n/ # ");
  CHECK(!screen.ended);
  shell.input("exit 0\n");
  CHECK(screen.ended);
}

TEST_CASE("a simulated command that is no shell says so and ends") {
  SimulatedShell shell{"ls -l", {.host = "web-1", .environment = {}}};
  Screen screen;
  shell.open(screen.peer());
  CHECK(screen.text == "ls -l: simulated, nothing runs in this container\r\n");
  CHECK(screen.ended);
}

TEST_CASE("the first message must be the password") {
  TerminalDoor door;
  const auto shell{[] {
    return std::make_shared<SimulatedShell>("sh",
                                            SimulatedShell::Place{.host = "h", .environment = {}});
  }};
  door.leave("1", "hush", shell());
  const auto opened{door.enter("1", std::nullopt)};
  REQUIRE(opened);
  CHECK(door.enter("1", std::nullopt) == nullptr);  // good once
  Screen screen;
  opened->open(screen.peer());
  CHECK(screen.text.empty());
  opened->input("hush");
  CHECK(screen.text == "/ # ");

  door.leave("2", "hush", shell());
  const auto stranger{door.enter("2", std::nullopt)};
  Screen other;
  stranger->open(other.peer());
  stranger->input("wrong");
  CHECK(other.ended);
  CHECK(other.text.empty());

  door.leave("3", "hush", shell());
  CHECK(door.enter("3", "wrong") == nullptr);
  door.leave("4", "hush", shell());
  CHECK(door.enter("4", "hush") != nullptr);
}

TEST_CASE("exec invites to a terminal of a running container only") {
  Harness cloud;
  const auto ask{[&](const std::string& body) {
    return cloud.send("POST", Harness::path("/web-1/containers/main/exec"), body);
  }};
  CHECK(code_of(ask(R"({"command": "/bin/sh"})")) == "ResourceNotFound");
  cloud.put("web-1");
  CHECK(code_of(ask(R"({"command": "/bin/sh"})")) == "ContainerNotRunning");
  cloud.now += 2min;
  CHECK(code_of(ask("{}")) == "InvalidRequestContent");
  const Response invited{
      ask(R"({"command": "/bin/sh", "terminalSize": {"rows": 12, "cols": 34}})")};
  REQUIRE(invited.status == 200);
  const std::string uri{text_at(invited, "/webSocketUri")};
  CHECK(uri.starts_with("wss://arm.test/exec/caas-"));
  CHECK(uri.find("rows=12&cols=34") != std::string::npos);
  const Response opened{cloud.send("GET", uri.substr(std::string{"wss://arm.test"}.size()))};
  REQUIRE(opened.status == 101);
  Screen screen;
  opened.terminal->open(screen.peer());
  opened.terminal->input(text_at(invited, "/password"));
  CHECK(screen.text == "/ # ");
}

TEST_CASE("attach shows the log and ends with the container") {
  Harness cloud;
  cloud.start("web-1");
  const Response invited{cloud.send("POST", Harness::path("/web-1/containers/main/attach"))};
  REQUIRE(invited.status == 200);
  const Response opened{cloud.send("GET", text_at(invited, "/webSocketUri").substr(14), {},
                                   {{"Authorization", text_at(invited, "/password")}})};
  REQUIRE(opened.status == 101);
  Screen screen;
  opened.terminal->open(screen.peer());
  CHECK(screen.text == "simulated container main of image demo/web:1 started\n");
  CHECK(!screen.ended);
  cloud.remove("web-1");
  cloud.now += 1min;
  cloud.get("web-1");
  opened.terminal->tick();
  CHECK(screen.ended);
}

}  // namespace
}  // namespace spillway::emulator::terminal_test
