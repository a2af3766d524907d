// demo-workload: a small HTTP service whose saturation is real. Every request holds one of a few
// slots for a fixed time; the others wait in a bounded queue, first come first served, and beyond
// that they are refused. The slot sleeps, so dozens of replicas fit on a small machine.
// One thread. SIGTERM: finish what was accepted, then end.

#include <CLI/CLI.hpp>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <deque>
#include <exception>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t head_limit{8192};  // bytes of a request's head; a browser sends about 1000
constexpr std::array upper_bounds{0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0};

struct Settings {
  std::string listen{"127.0.0.1:8080"};
  std::size_t concurrency{1};
  std::size_t queue{64};  ///< requests that may wait; with 100 ms and one slot, up to 6.4 s
};

struct Totals {
  std::map<int, long> by_status{{200, 0}, {503, 0}};
  std::array<long, upper_bounds.size()> buckets{};
  long served{0};
  double seconds{0};

  void add(double latency) {
    for (std::size_t i{0}; i < upper_bounds.size(); ++i) {
      if (latency <= upper_bounds[i]) ++buckets[i];
    }
    seconds += latency;
    ++served;
  }
};

/// The slots, and the queue before them.
class Slots {
 public:
  Slots(std::size_t count, std::size_t queue) : free_{count}, queue_{queue} {}

  std::size_t waiting() const { return line_.size(); }
  std::size_t busy() const { return busy_; }

  /// False at once if the queue is full; otherwise true when a slot is ours.
  asio::awaitable<bool> enter() {
    if (free_ > 0) {
      --free_;
      ++busy_;
      co_return true;
    }
    if (line_.size() >= queue_) co_return false;
    asio::steady_timer turn{co_await asio::this_coro::executor, SteadyClock::time_point::max()};
    line_.push_back(&turn);
    error_code woken;  // the one before us cancels the timer: it hands us its slot
    co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    co_return true;
  }

  void leave() {
    if (line_.empty()) {
      ++free_;
      --busy_;
      return;
    }
    line_.front()->cancel();
    line_.pop_front();
  }

 private:
  std::size_t free_;
  std::size_t queue_;
  std::size_t busy_{0};
  std::deque<asio::steady_timer*> line_{};
};

class Service {
 public:
  Service(asio::io_context& context, const Settings& settings, SteadyClock::duration service_time,
          tcp::endpoint endpoint)
      : acceptor_{context, endpoint},
        slots_{settings.concurrency, settings.queue},
        service_time_{service_time} {}

  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket{
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error))};
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
      if (!error) {
        asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
      }
    }
  }

  /// Refuses new connections and ends when the last accepted request was answered.
  asio::awaitable<void> drain() {
    is_draining_ = true;
    acceptor_.close();
    asio::steady_timer pause{co_await asio::this_coro::executor};
    while (open_requests_ > 0) {
      pause.expires_after(std::chrono::milliseconds{20});
      co_await pause.async_wait(asio::use_awaitable);
    }
  }

 private:
  asio::awaitable<void> serve(tcp::socket socket) {
    error_code error;
    std::string head;
    auto input = asio::dynamic_buffer(head, head_limit);
    while (!error) {
      const std::size_t length{co_await asio::async_read_until(
          socket, input, "\r\n\r\n", asio::redirect_error(asio::use_awaitable, error))};
      if (error) co_return;
      const std::string line{head.substr(0, head.find("\r\n"))};
      head.erase(0, length);
      ++open_requests_;
      const std::string answer{co_await answer_to(line)};
      co_await asio::async_write(socket, asio::buffer(answer),
                                 asio::redirect_error(asio::use_awaitable, error));
      --open_requests_;
      if (is_draining_) co_return;
    }
  }

  asio::awaitable<std::string> answer_to(std::string line) {
    if (line.starts_with("GET /healthz ")) {
      co_return is_draining_ ? response(503, "draining\n") : response(200, "ok\n");
    }
    if (line.starts_with("GET /metrics ")) co_return response(200, metrics());
    if (!line.starts_with("GET ")) co_return response(405, "only GET\n");
    const SteadyClock::time_point arrived{SteadyClock::now()};
    if (!co_await slots_.enter()) {
      ++totals_.by_status[503];
      co_return response(503, "the queue is full\n");
    }
    asio::steady_timer work{acceptor_.get_executor(), service_time_};
    co_await work.async_wait(asio::use_awaitable);
    slots_.leave();
    const std::chrono::duration<double> latency{SteadyClock::now() - arrived};
    totals_.add(latency.count());
    ++totals_.by_status[200];
    co_return response(200, "done\n");
  }

  std::string response(int status, std::string_view body) const {
    const std::string_view reason{status == 200 ? "OK" : "Refused"};
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: "
        "{}\r\n{}\r\n{}",
        status, reason, body.size(), is_draining_ ? "Connection: close\r\n" : "", body);
  }

  std::string metrics() const {
    fmt::memory_buffer text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "# TYPE demo_requests_total counter\n");
    for (const auto& [status, count] : totals_.by_status) {
      fmt::format_to(out, "demo_requests_total{{code=\"{}\"}} {}\n", status, count);
    }
    fmt::format_to(out,
                   "# TYPE demo_requests_in_flight gauge\ndemo_requests_in_flight {}\n"
                   "# TYPE demo_requests_queued gauge\ndemo_requests_queued {}\n"
                   "# TYPE demo_request_seconds histogram\n",
                   slots_.busy(), slots_.waiting());
    for (std::size_t i{0}; i < upper_bounds.size(); ++i) {
      fmt::format_to(out, "demo_request_seconds_bucket{{le=\"{}\"}} {}\n", upper_bounds[i],
                     totals_.buckets[i]);
    }
    fmt::format_to(out,
                   "demo_request_seconds_bucket{{le=\"+Inf\"}} {0}\n"
                   "demo_request_seconds_sum {1}\ndemo_request_seconds_count {0}\n",
                   totals_.served, totals_.seconds);
    return fmt::to_string(text);
  }

  tcp::acceptor acceptor_;
  Slots slots_;
  SteadyClock::duration service_time_;
  Totals totals_{};
  long open_requests_{0};
  bool is_draining_{false};
};

asio::awaitable<void> drain_on_signal(asio::io_context& context, Service& service) {
  asio::signal_set signals{context, SIGTERM, SIGINT};
  co_await signals.async_wait(asio::use_awaitable);
  co_await service.drain();
  context.stop();
}

tcp::endpoint parse_endpoint(const std::string& text) {
  const std::size_t colon{text.rfind(':')};
  if (colon == std::string::npos) throw CLI::ValidationError{"--listen: expected ADDRESS:PORT"};
  const int port{std::stoi(text.substr(colon + 1))};
  return {asio::ip::make_address(text.substr(0, colon)), static_cast<unsigned short>(port)};
}

}  // namespace

int main(int count, char** arguments) try {
  Settings settings;
  CLI::App app{"A small HTTP service with a fixed service time: GET / works, /healthz, /metrics."};
  app.add_option("--listen", settings.listen, "ADDRESS:PORT; port 0 picks a free one")
      ->envname("DEMO_LISTEN");  // where an orchestrator fills the address in for each replica
  std::size_t milliseconds{100};
  app.add_option("--service-time", milliseconds, "Time a request holds its slot, such as 100ms")
      ->transform(
          CLI::AsNumberWithUnit(std::map<std::string, std::size_t>{{"ms", 1}, {"s", 1000}}));
  app.add_option("--concurrency", settings.concurrency, "Slots")->check(CLI::PositiveNumber);
  app.add_option("--queue", settings.queue, "Requests that may wait for a slot");
  CLI11_PARSE(app, count, arguments);

  asio::io_context context{1};
  Service service{context, settings, std::chrono::milliseconds{milliseconds},
                  parse_endpoint(settings.listen)};
  asio::co_spawn(context, service.accept(), asio::detached);
  asio::co_spawn(context, drain_on_signal(context, service), asio::detached);
  std::printf("http://%s:%d\n", service.endpoint().address().to_string().c_str(),
              service.endpoint().port());
  std::fflush(stdout);
  context.run();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "demo-workload: %s\n", error.what());
  return 1;
}
