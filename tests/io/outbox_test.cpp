// Several writers on one stream: the order, the brake, and the end.
#include "controller/io/outbox.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <string>

#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::outbox_test {

using namespace spillway::testing;

namespace {

/// Takes a write when the test lets it, and writes it down.
class SlowStream final : public io::ByteStream {
 public:
  explicit SlowStream(boost::asio::io_context& context)
      : let_{context, boost::asio::steady_timer::time_point::max()} {}

  boost::asio::awaitable<Result<std::size_t>> read_some(std::span<char>) override {
    co_return Error{Errc::unavailable, "nothing"};
  }
  boost::asio::awaitable<Result<void>> write_all(std::string_view bytes) override {
    if (is_broken) co_return Error{Errc::unavailable, "broken"};
    try {
      co_await let_.async_wait(boost::asio::use_awaitable);
    } catch (const boost::system::system_error&) {
      // let on
    }
    written += bytes;
    ++writes;
    co_return Result<void>{};
  }
  bool is_quiet() override { return true; }
  void end_output() override {}
  boost::asio::awaitable<Result<void>> close_politely() override { co_return Result<void>{}; }
  void close() override {}
  void let() { let_.cancel(); }

  std::string written{};
  int writes{0};
  bool is_broken{false};

 private:
  boost::asio::steady_timer let_;
};

struct Desk {
  RealTime time{};
  SlowStream stream{time.context};
  io::Outbox outbox{stream};
  int sent{0};

  void send(std::string bytes) {
    boost::asio::co_spawn(time.context, outbox.send(std::move(bytes)),
                          [this](std::exception_ptr, Result<void>) { ++sent; });
    time.context.restart();
    time.context.poll();
  }
  void let() {
    stream.let();
    time.context.restart();
    time.context.poll();
  }
};

}  // namespace

TEST_CASE("who comes while another one writes leaves its bytes to it, in order") {
  Desk desk{};
  desk.send("a");
  desk.send("b");
  desk.send("c");
  CHECK(desk.sent == 2);
  desk.let();
  desk.let();
  CHECK(desk.stream.written == "abc");
  CHECK(desk.stream.writes == 2);
  CHECK(desk.sent == 3);
}

TEST_CASE("where much waits already the next one waits, too") {
  Desk desk{};
  desk.send("a");
  desk.send(std::string(io::Outbox::much + 1, 'x'));
  CHECK(desk.sent == 0);
  desk.let();  // what waited is being written now
  CHECK(desk.sent == 1);
  desk.let();
  CHECK(desk.sent == 2);
  CHECK(desk.stream.written.size() == io::Outbox::much + 2);
}

TEST_CASE("a stream that is broken stays so") {
  Desk desk{};
  desk.stream.is_broken = true;
  CHECK_FALSE(desk.time.run(desk.outbox.send("a")));
  desk.stream.is_broken = false;
  CHECK_FALSE(desk.time.run(desk.outbox.send("b")));
  CHECK(desk.stream.written.empty());
}

}  // namespace spillway::outbox_test
