#include "controller/traffic/haproxy/process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"
#include "tests/traffic/haproxy/samples.hpp"

namespace spillway::haproxy_test {

using namespace spillway::haproxy;

namespace asio = boost::asio;

namespace {

/// A process of which the answers to `show` can be held back: they say how it was when it was
/// asked.
struct LateProcess {
  explicit LateProcess(asio::io_context& context)
      : gate{context, asio::steady_timer::time_point::max()} {}

  bool is_late{false};
  asio::steady_timer gate;
  std::vector<std::string> filled{};  ///< the commands that give a slot its address
};

class LateLine final : public RuntimeApi {
 public:
  explicit LateLine(LateProcess& process) : process_{process} {}

  const std::string& address() const override { return address_; }

  asio::awaitable<Result<std::string>> ask(std::string command, io::Deadline) override {
    if (!command.starts_with("show")) {
      if (command.find(" addr ") != std::string::npos) process_.filled.push_back(command);
      co_return "\n";
    }
    if (process_.is_late) {
      boost::system::error_code released{};
      co_await process_.gate.async_wait(asio::redirect_error(asio::use_awaitable, released));
    }
    co_return samples::whole_answer();
  }

 private:
  LateProcess& process_;
  std::string address_{"unix:/late"};
};

Backend burst(std::string group, int port) {
  return {.group = {std::move(group)}, .workload = "web", .ip = "127.0.0.3", .port = port};
}

}  // namespace

TEST_CASE("a table read before another admission ended does not fill its slot once more") {
  asio::io_context context{};
  testing::ManualClock clock{context};
  LateProcess late{context};
  const Settings settings{.backend = "be", .slots = "aci"};
  const Asked asked{};
  Process process{settings, asked, std::make_unique<LateLine>(late)};

  late.is_late = true;
  std::optional<Result<void>> second{};
  asio::co_spawn(context, process.admit("be", burst("y", 2), {}),
                 [&](std::exception_ptr, Result<void> admitted) { second = admitted; });
  context.poll();
  context.restart();
  late.is_late = false;
  CHECK(clock.run(process.admit("be", burst("x", 1), {})));
  REQUIRE_FALSE(second);
  late.gate.cancel();
  clock.run_io_until([&] { return second.has_value(); });
  CHECK(*second);
  REQUIRE(late.filled.size() == 2);
  CHECK(late.filled[0] == "set server be/aci1 addr 127.0.0.3 port 1");
  CHECK(late.filled[1] == "set server be/aci2 addr 127.0.0.3 port 2");
  // Nobody is under way any more: what the table says is free can be filled again.
  CHECK(clock.run(process.admit("be", burst("z", 3), {})));
  CHECK(late.filled.back() == "set server be/aci1 addr 127.0.0.3 port 3");
}

}  // namespace spillway::haproxy_test
