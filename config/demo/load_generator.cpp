// demo-load: an open-loop load generator. Arrivals follow a shape (requests per second over time)
// and do not wait for answers, as users do not; latency counts from the scheduled arrival, so a
// service that stalls cannot hide the requests that queue behind the stall.
// One thread. Prints one JSON line per second, and a summary line at the end.

#include <CLI/CLI.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/demo/load_report.hpp"
#include "config/demo/shape.hpp"

namespace spillway::demo {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::duration;
using SteadyClock = std::chrono::steady_clock;
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);  // errors are values here
constexpr std::size_t answer_limit{1U << 20U};

struct Settings {
  std::string url{};
  std::string shape{};
  std::size_t slo_ms{300};
  std::size_t timeout_ms{10'000};
  std::size_t outstanding{4000};  ///< beyond it, an arrival counts as an error and is not sent
  std::uint64_t seed{1};
  bool even{false};
};

struct Target {
  tcp::endpoint endpoint;
  std::string request;
};

/// A connection that outlives its coroutine step: the deadline's handler closes it.
struct Connection {
  explicit Connection(const asio::any_io_executor& executor) : socket{executor} {}
  tcp::socket socket;
  std::string input{};
};

enum class Exchange { ok, refused, no_answer };

class Generator {
 public:
  Generator(asio::io_context& context, Settings settings, Shape shape, Target target)
      : context_{context},
        settings_{std::move(settings)},
        shape_{std::move(shape)},
        target_{std::move(target)},
        random_{settings_.seed} {}

  /// Sends everything the shape says, waits for the last answer, prints the summary.
  asio::awaitable<void> run() {
    began_ = SteadyClock::now();
    asio::co_spawn(context_, print_each_second(), asio::detached);
    asio::steady_timer next{context_};
    for (double t{arrival_after(0)}; t < shape_.duration_s() && !is_stopping_;
         t = arrival_after(t)) {
      next.expires_at(instant(t));
      co_await next.async_wait(quietly);
      ++sent_;
      asio::co_spawn(context_, one_request(t), asio::detached);
    }
    while (outstanding_ > 0 && !is_stopping_) {
      next.expires_after(std::chrono::milliseconds{20});
      co_await next.async_wait(quietly);
    }
    std::printf(
        "{\"summary\":true,\"seconds\":%.1f,\"sent\":%ld,\"slo_ms\":%zu,%s,\"peak\":{%s}}\n",
        now_s(), sent_, settings_.slo_ms, total_.json_members().c_str(),
        peak_.json_members().c_str());
    std::fflush(stdout);
    context_.stop();
  }

  asio::awaitable<void> stop_on_signal() {
    asio::signal_set signals{context_, SIGTERM, SIGINT};
    co_await signals.async_wait(quietly);
    is_stopping_ = true;
  }

 private:
  double arrival_after(double t_s) {
    std::exponential_distribution<double> gap{1.0};
    return shape_.after(t_s, settings_.even ? 1.0 : gap(random_));
  }

  SteadyClock::time_point instant(double t_s) const {
    return began_ + std::chrono::duration_cast<SteadyClock::duration>(duration<double>{t_s});
  }

  double now_s() const { return duration<double>{SteadyClock::now() - began_}.count(); }

  asio::awaitable<void> one_request(double scheduled_s) {
    if (outstanding_ >= settings_.outstanding) {
      record(scheduled_s, false);
      co_return;
    }
    ++outstanding_;
    const SteadyClock::time_point deadline{instant(scheduled_s) +
                                           std::chrono::milliseconds{settings_.timeout_ms}};
    Exchange outcome{Exchange::no_answer};
    if (!idle_.empty()) {  // the server may have closed an idle connection: one more try below
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      outcome = co_await exchange(std::move(connection), deadline);
    }
    if (outcome == Exchange::no_answer && SteadyClock::now() < deadline) {
      auto connection = std::make_shared<Connection>(context_.get_executor());
      outcome = co_await exchange(std::move(connection), deadline);
    }
    --outstanding_;
    record(scheduled_s, outcome == Exchange::ok);
  }

  asio::awaitable<Exchange> exchange(std::shared_ptr<Connection> connection,
                                     SteadyClock::time_point deadline) {
    asio::steady_timer alarm{context_, deadline};
    alarm.async_wait([connection](boost::system::error_code error) {
      if (!error) connection->socket.close(error);
    });
    if (!connection->socket.is_open()) {
      auto [error] = co_await connection->socket.async_connect(target_.endpoint, quietly);
      if (error) co_return Exchange::no_answer;
    }
    {
      auto [error, size] =
          co_await asio::async_write(connection->socket, asio::buffer(target_.request), quietly);
      if (error) co_return Exchange::no_answer;
    }
    auto input = asio::dynamic_buffer(connection->input, answer_limit);
    auto [error, head_size] =
        co_await asio::async_read_until(connection->socket, input, "\r\n\r\n", quietly);
    if (error) co_return Exchange::no_answer;
    const std::string head{connection->input.substr(0, head_size)};
    connection->input.erase(0, head_size);
    const std::size_t length{content_length(head)};
    if (length > connection->input.size()) {
      auto [cut, size] = co_await asio::async_read(
          connection->socket, input, asio::transfer_exactly(length - connection->input.size()),
          quietly);
      if (cut) co_return Exchange::refused;
    }
    connection->input.clear();
    const bool may_reuse{length != unknown_length &&
                         head.find("onnection: close") == std::string::npos};
    if (may_reuse) idle_.push_back(std::move(connection));
    co_return head.starts_with("HTTP/1.1 200") ? Exchange::ok : Exchange::refused;
  }

  static constexpr std::size_t unknown_length{0};

  /// HAProxy writes header names in lower case, others do not.
  static std::size_t content_length(std::string head) {
    for (char& c : head) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const std::size_t at{head.find("\r\ncontent-length: ")};
    if (at == std::string::npos) return unknown_length;
    std::size_t length{unknown_length};
    std::from_chars(head.data() + at + 18, head.data() + head.size(), length);
    return std::min(length, answer_limit);
  }

  void record(double scheduled_s, bool is_ok) {
    const double slo_s{static_cast<double>(settings_.slo_ms) / 1000.0};
    const bool is_peak{shape_.rate_at(scheduled_s) >= shape_.highest_rps() / 2};
    for (Tally* tally : {&second_, &total_, is_peak ? &peak_ : nullptr}) {
      if (tally == nullptr) continue;
      if (is_ok) {
        tally->add_answer(now_s() - scheduled_s, slo_s);
      } else {
        tally->add_error();
      }
    }
  }

  asio::awaitable<void> print_each_second() {
    asio::steady_timer tick{context_};
    for (int t{1};; ++t) {
      tick.expires_at(instant(t));
      co_await tick.async_wait(quietly);
      const double offered{t > shape_.duration_s() ? 0.0 : shape_.rate_at(t)};
      std::printf("{\"t\":%d,\"offered_rps\":%.1f,\"outstanding\":%zu,%s}\n", t, offered,
                  outstanding_, second_.json_members().c_str());
      std::fflush(stdout);
      second_.clear();
    }
  }

  asio::io_context& context_;
  Settings settings_;
  Shape shape_;
  Target target_;
  std::mt19937_64 random_;
  SteadyClock::time_point began_{};
  std::vector<std::shared_ptr<Connection>> idle_{};
  std::size_t outstanding_{0};
  long sent_{0};
  bool is_stopping_{false};
  Tally second_{};
  Tally total_{};
  Tally peak_{};
};

/// `http://127.0.0.1:8000/path`: an address, since a demonstration needs no resolver.
Target parse_target(const std::string& url) {
  constexpr std::string_view scheme{"http://"};
  const std::size_t slash{url.find('/', scheme.size())};
  const std::string host{url.substr(std::min(scheme.size(), url.size()), slash - scheme.size())};
  const std::size_t colon{host.rfind(':')};
  if (!url.starts_with(scheme) || colon == std::string::npos) {
    throw std::invalid_argument{"--url: expected http://ADDRESS:PORT/PATH, got " + url};
  }
  const std::string path{slash == std::string::npos ? "/" : url.substr(slash)};
  const auto port = static_cast<unsigned short>(std::stoi(host.substr(colon + 1)));
  return {{asio::ip::make_address(host.substr(0, colon)), port},
          fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", path, host)};
}

Shape read_shape(const std::string& path) {
  std::ifstream file{path};
  if (!file) throw std::invalid_argument{"cannot read " + path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  try {
    return Shape::parse(text);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument{path + ": " + error.what()};
  }
}

int run(int count, char** arguments) {
  Settings settings;
  CLI::App app{"Open-loop load: arrivals follow a shape and do not wait for answers."};
  bool only_checks{false};
  auto* const url{app.add_option("--url", settings.url, "http://ADDRESS:PORT/PATH")};
  app.add_option("--shape", settings.shape, "CSV of t_s,rps; linear in between")->required();
  const CLI::AsNumberWithUnit duration{std::map<std::string, std::size_t>{{"ms", 1}, {"s", 1000}}};
  app.add_option("--slo", settings.slo_ms, "Slower is late, such as 300ms")->transform(duration);
  app.add_option("--timeout", settings.timeout_ms, "Give up after, such as 10s")
      ->transform(duration);
  app.add_option("--outstanding", settings.outstanding, "Most requests without an answer");
  app.add_option("--seed", settings.seed, "Of the arrival times");
  app.add_flag("--even", settings.even, "Even spacing instead of a Poisson process");
  app.add_flag("--check", only_checks, "Read the shape, and send nothing")->excludes(url);
  CLI11_PARSE(app, count, arguments);

  Shape shape{read_shape(settings.shape)};
  if (only_checks) return 0;
  Target target{parse_target(settings.url)};
  asio::io_context context{1};
  Generator generator{context, std::move(settings), std::move(shape), std::move(target)};
  asio::co_spawn(context, generator.run(), asio::detached);
  asio::co_spawn(context, generator.stop_on_signal(), asio::detached);
  context.run();
  return 0;
}

}  // namespace
}  // namespace spillway::demo

int main(int count, char** arguments) try {
  return spillway::demo::run(count, arguments);
} catch (const std::exception& error) {
  std::fprintf(stderr, "demo-load: %s\n", error.what());
  return 1;
}
