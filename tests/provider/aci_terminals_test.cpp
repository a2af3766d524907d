// Terminals in container groups: what is asked of ARM, where the terminal is opened, and what is
// not believed.
#include "controller/provider/aci/aci_terminals.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/provider/arm_rig.hpp"
#include "tests/support/fake_provider.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::aci_terminals_test {
namespace {

using namespace std::chrono_literals;

/// Opens everything, and writes down what is said first.
class ListedSockets final : public io::WebSocketClient {
 public:
  boost::asio::awaitable<Result<std::unique_ptr<io::WebSocket>>> open(io::Url url,
                                                                      io::Headers headers,
                                                                      io::Deadline) override {
    opened.push_back(io::to_string(url));
    authorization = std::string{headers.find("Authorization").value_or("")};
    std::unique_ptr<io::WebSocket> made{std::make_unique<One>(*this)};
    co_return made;
  }

  std::vector<std::string> opened{};
  std::string authorization{};
  std::vector<std::string> said{};

 private:
  class One final : public io::WebSocket {
   public:
    explicit One(ListedSockets& of) : of_{of} {}
    boost::asio::awaitable<Result<std::optional<std::string>>> read() override {
      co_return std::optional<std::string>{};
    }
    boost::asio::awaitable<Result<void>> write(std::string message) override {
      of_.said.push_back(std::move(message));
      co_return Result<void>{};
    }
    boost::asio::awaitable<Result<void>> write_text(std::string message) override {
      of_.said.push_back("text " + message);
      co_return Result<void>{};
    }
    void close() override {}

   private:
    ListedSockets& of_;
  };
};

struct World : rig::ArmRig {
  World() { groups.add_foreign("web-1", "test"); }

  Result<std::unique_ptr<Terminal>> open(std::string group, std::string program) {
    TerminalRequest request{};
    request.container = "replica";
    request.program = std::move(program);
    request.rows = 40;
    request.columns = 120;
    return clock.run(
        terminals.open({std::move(group)}, std::move(request), io::deadline_after(clock, 1min)));
  }

  testing::FakeProvider groups{clock};
  ListedSockets sockets{};
  AciTerminals terminals{arm, groups, sockets, settings()};
};

constexpr std::string_view invitation{
    R"({"webSocketUri":"wss://bridge.example:8443/exec/caas-1?rows=40&api-version=2018",
        "password":"hush"})"};

TEST_CASE("exec names the program and the size, and the password is the first message") {
  World world{};
  world.http.answer(200, std::string{invitation});
  REQUIRE(world.open("web-1", "/bin/sh"));
  const io::HttpRequest& asked{world.http.requests.at(0)};
  CHECK(asked.method == "POST");
  CHECK(asked.url.target.starts_with(
      "/subscriptions/sub/resourceGroups/burst/providers/Microsoft.ContainerInstance/"
      "containerGroups/web-1/containers/replica/exec?"));
  CHECK(asked.body == R"({"command":"/bin/sh","terminalSize":{"rows":40,"cols":120}})");
  CHECK(
      world.sockets.opened ==
      std::vector<std::string>{"https://bridge.example:8443/exec/caas-1?rows=40&api-version=2018"});
  CHECK(world.sockets.said == std::vector<std::string>{"text hush"});
  CHECK(world.sockets.authorization.empty());
}

TEST_CASE("attach shows its password in the header and types nothing") {
  World world{};
  world.http.answer(200, std::string{invitation});
  REQUIRE(world.open("web-1", ""));
  CHECK(world.http.requests.at(0).url.target.find("/containers/replica/attach?") !=
        std::string::npos);
  CHECK(world.sockets.authorization == "hush");
  CHECK(world.sockets.said.empty());
}

TEST_CASE("no terminal is opened in what is not there or not ours") {
  World world{};
  world.groups.add_foreign("theirs", "somebody");
  CHECK(world.open("gone", "sh").error().code == Errc::not_found);
  CHECK(world.open("theirs", "sh").error().code == Errc::denied);
  CHECK(world.http.requests.empty());
}

TEST_CASE("an invitation over a plain connection, or without a password, is not followed") {
  CHECK(parse_invitation(invitation, false));
  const std::string plain{R"({"webSocketUri":"ws://127.0.0.1:80/x","password":"p"})"};
  CHECK_FALSE(parse_invitation(plain, false));
  CHECK(parse_invitation(plain, true).value().url.scheme == "http");
  for (const std::string_view body :
       {R"({"webSocketUri":"wss://h/x"})", R"({"password":"p"})", R"([])", "",
        R"({"webSocketUri":"https://h/x","password":"p"})",
        R"({"webSocketUri":"wss://","password":"p"})", R"({"webSocketUri":1,"password":"p"})"}) {
    CAPTURE(body);
    CHECK_FALSE(parse_invitation(body, true));
  }
  World world{};
  world.http.answer(200, plain);
  CHECK(world.open("web-1", "sh").error().code == Errc::malformed);
  CHECK(world.sockets.opened.empty());
}

}  // namespace
}  // namespace spillway::aci::aci_terminals_test
