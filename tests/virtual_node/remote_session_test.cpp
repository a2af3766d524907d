// Exec and attach through the node's kubelet port: a real server, a client that speaks SPDY as
// kubectl does, and a double of the provider's terminals.
#include "controller/virtual_node/remote/remote_session.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/virtual_node/kubelet_site.hpp"

namespace spillway::remote_session_test {

using namespace spillway::node_rig;

namespace {

/// Answers as a shell that has read its line: begins, says `output`, and exits with `code`.
void answer_as_shell(FakeTerminals::State& terminal, const std::string& typed, std::string output,
                     int code) {
  const auto at = typed.find("\\0036");
  if (at == std::string::npos) return;
  const std::string nonce{typed.substr(at + 5, 16)};
  terminal.say("$ typed\r\n\x1e" + nonce + "\x1e" + std::move(output) + "\x1e" + nonce + ":" +
               std::to_string(code) + "\x1e");
}

const std::string success{R"({"metadata":{},"status":"Success"})"};

}  // namespace

TEST_CASE("a command with arguments is typed into a shell, and its exit code comes back") {
  KubeletSite site{};
  site.terminals.on_typed = [](FakeTerminals::State& terminal, const std::string& typed) {
    answer_as_shell(terminal, typed, "total 0\n", 3);
  };
  const std::string head{site.ask("/exec/shop/a/web?command=ls&command=-l&output=1&error=1")};
  CHECK(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(head.find("Upgrade: SPDY/3.1\r\n") != std::string::npos);
  CHECK(head.find("X-Stream-Protocol-Version: v4.channel.k8s.io\r\n") != std::string::npos);
  site.client.open({"error", "stdout", "stderr"});
  auto said = site.client.read_to_end();
  CHECK(said["stdout"] == "total 0\n");
  CHECK(said["error"].find(R"("message":"command terminated with exit code 3")") !=
        std::string::npos);
  REQUIRE(site.terminals.requests.size() == 1);
  CHECK(site.terminals.requests[0].program == "/bin/sh");
  CHECK(site.terminals.requests[0].container == "replica");
  CHECK(site.terminals.groups[0].name == "burst-uid-of-a");
  CHECK(site.terminals.opened[0]->is_closed);
}

TEST_CASE("a program in a terminal is started as it is, of the client's size, and hears its keys") {
  KubeletSite site{};
  CHECK(
      site.ask("/exec/shop/a/web?command=bash&input=1&output=1&tty=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdin", "stdout", "resize"});
  site.client.send(spdy::Data{site.client.ids["resize"], false, "{\"Width\":120,\"Height\":40}\n"});
  site.client.send(spdy::Data{site.client.ids["stdin"], false, "exit\x03\r"});
  site.rig.time.drive(
      [&] { return !site.terminals.opened.empty() && !site.terminals.opened[0]->typed.empty(); });
  CHECK(site.terminals.requests[0].program == "bash");
  CHECK(site.terminals.requests[0].rows == 40);
  CHECK(site.terminals.requests[0].columns == 120);
  CHECK(site.terminals.opened[0]->typed == "exit\x03\r");
  site.terminals.opened[0]->say("bye\r\n");
  site.terminals.opened[0]->end();
  auto said = site.client.read_to_end();
  CHECK(said["stdout"] == "bye\r\n");
  CHECK(said["error"] == success);
}

TEST_CASE("input waits until the shell has read its line, and its end is told") {
  KubeletSite site{};
  CHECK(site.ask("/exec/shop/a/web?command=cat&input=1&output=1&error=1")
            .starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdin", "stdout", "stderr"});
  site.client.send(spdy::Data{site.client.ids["stdin"], true, "words"});
  site.rig.time.drive(
      [&] { return !site.terminals.opened.empty() && !site.terminals.opened[0]->typed.empty(); });
  site.rig.wait(100ms);
  auto& terminal = *site.terminals.opened[0];
  const std::string line{terminal.typed};
  CHECK(line.ends_with("exit\n"));
  terminal.on_typed = [](FakeTerminals::State& state, const std::string& typed) {
    if (typed.ends_with('\x04')) state.end();
  };
  const auto at = line.find("\\0036");
  terminal.say("\x1e" + line.substr(at + 5, 16) + "\x1e");
  site.rig.time.drive([&] { return terminal.has_ended; });
  CHECK(terminal.typed == line + "words\x04\x04");
  auto said = site.client.read_to_end();
  CHECK(said["error"].find("ended before the command said how it went") != std::string::npos);
}

TEST_CASE("a client that sends without end before anybody listens is cut off") {
  KubeletSite site{};
  CHECK(site.ask("/exec/shop/a/web?command=cat&input=1&output=1&error=1")
            .starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdin"});  // and never the others
  const spdy::Data much{site.client.ids["stdin"], false, std::string(600'000, 'x')};
  site.client.send(much);
  site.client.send(much);
  CHECK(site.client.read_to_end().empty());
  CHECK(site.terminals.requests.empty());
}

TEST_CASE("what the provider refuses, and a container without a shell, is told in words") {
  KubeletSite site{};
  site.terminals.refusal = Error{Errc::transitioning, "the container is not running"};
  CHECK(site.ask("/exec/shop/a/web?command=ls&output=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout"});
  CHECK(site.client.read_to_end()["error"].find("the container is not running") !=
        std::string::npos);
  site.terminals.refusal.reset();
  site.terminals.on_typed = [](FakeTerminals::State& terminal, const std::string&) {
    terminal.say("exec failed: /bin/sh: no such file\r\n");
    terminal.end();
  };
  CHECK(site.ask("/exec/shop/a/web?command=ls&output=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout"});
  auto said = site.client.read_to_end();
  CHECK(said["stdout"].empty());
  CHECK(said["error"].find("/bin/sh: no such file") != std::string::npos);
  CHECK(said["error"].find("kubectl exec -it") != std::string::npos);
}

TEST_CASE("attach shows what the main program writes") {
  KubeletSite site{};
  CHECK(site.ask("/attach/shop/a/web?output=1&error=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout", "stderr"});
  site.rig.time.drive([&] { return !site.terminals.opened.empty(); });
  CHECK(site.terminals.requests[0].program.empty());
  site.terminals.opened[0]->say("log line\n");
  site.terminals.opened[0]->end();
  auto said = site.client.read_to_end();
  CHECK(said["stdout"] == "log line\n");
  CHECK(said["error"] == success);
}

TEST_CASE("what cannot be is refused before the protocol changes, as an object that clients show") {
  KubeletSite site{};
  const auto status = [&](const std::string& target) {
    const std::string answer{site.ask(target)};
    CHECK(answer.find(R"("kind":"Status")") != std::string::npos);
    return answer.substr(9, 3);
  };
  CHECK(status("/exec/shop/b/web?command=ls&output=1") == "404");
  CHECK(status("/exec/shop/a/side?command=ls&output=1") == "404");
  CHECK(status("/exec/shop/a/web?output=1") == "400");
  CHECK(status("/exec/shop/a/web?command=ls") == "400");
  CHECK(status("/attach/shop/a/web?input=1&output=1") == "400");
  CHECK(site.ask("/exec/shop/a/web?command=ls&output=1", "Content-Length: 0\r\n")
            .starts_with("HTTP/1.1 400"));
  CHECK(site.terminals.requests.empty());
}

TEST_CASE("only so many commands run at once, and one that leaves makes room") {
  KubeletSite site{};
  std::vector<std::unique_ptr<io::ByteStream>> clients{};
  for (int i{0}; i < 2; ++i) {
    CHECK(
        site.ask("/exec/shop/a/web?command=sh&output=1&input=1&tty=1").starts_with("HTTP/1.1 101"));
    clients.push_back(std::move(site.client.stream));
  }
  CHECK(site.ask("/exec/shop/a/web?command=sh&output=1&tty=1").starts_with("HTTP/1.1 429"));
  clients.pop_back();
  bool has_room{false};
  for (int tries{0}; tries < 50 && !has_room; ++tries) {
    site.rig.wait(20ms);
    has_room = site.ask("/exec/shop/a/web?command=sh&output=1&tty=1").starts_with("HTTP/1.1 101");
  }
  CHECK(has_room);
}

TEST_CASE("a client that leaves hangs up, and a server that stops says so") {
  KubeletSite site{};
  CHECK(site.ask("/exec/shop/a/web?command=sh&output=1&tty=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout", "resize"});
  site.rig.time.drive([&] { return site.terminals.opened.size() == 1; });
  site.client.stream->close();
  site.rig.time.drive([&] { return site.terminals.opened[0]->is_closed; });

  CHECK(site.ask("/exec/shop/a/web?command=sh&output=1&tty=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout", "resize"});
  site.rig.time.drive([&] { return site.terminals.opened.size() == 2; });
  bool has_stopped{false};
  boost::asio::co_spawn(site.rig.time.context, site.server->stop(site.rig.time.soon()),
                        [&](std::exception_ptr) { has_stopped = true; });
  auto said = site.client.read_to_end();
  CHECK(said["error"].find("is being stopped") != std::string::npos);
  site.client.stream->close();
  site.rig.time.drive([&] { return has_stopped; });
}

TEST_CASE("a command that neither reads nor writes for too long is ended") {
  KubeletSite site{};
  site.rig.stop();
  site.rig.start({.sessions = 2, .session_idle = 300ms});
  site.rig.time.drive(
      [&] { return site.rig.ask_kubelet("/containerLogs/shop/a/web").first == 200; });
  CHECK(site.ask("/exec/shop/a/web?command=sh&output=1&tty=1").starts_with("HTTP/1.1 101"));
  site.client.open({"error", "stdout", "resize"});
  CHECK(site.client.read_to_end()["error"].find("for too long") != std::string::npos);
}

}  // namespace spillway::remote_session_test
