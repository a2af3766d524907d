// An HTTP client that answers from a script and remembers what was asked.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/http_client.hpp"

namespace spillway::testing {

class ScriptedHttp final : public io::HttpClient {
 public:
  explicit ScriptedHttp(io::Clock& clock) : clock_{clock} {}

  void answer(int status, std::string body, io::Headers headers = {}) {
    Step step{};
    step.response = io::HttpResponse{status, std::move(headers), std::move(body)};
    script_.push_back(std::move(step));
  }
  void fail(Error error) {
    Step step{};
    step.error = std::move(error);
    script_.push_back(std::move(step));
  }
  /// The next answer comes that much later.
  void delay(Duration by) { next_delay_ = by; }

  boost::asio::awaitable<Result<io::HttpResponse>> send(io::HttpRequest request,
                                                        io::Deadline deadline) override {
    requests.push_back(std::move(request));
    SPILLWAY_ASSERT(!script_.empty());
    const Step step{std::move(script_.front())};
    script_.pop_front();
    const TimePoint at{clock_.now() + std::exchange(next_delay_, Duration::zero())};
    const Result<void> slept = co_await clock_.sleep_until(std::min(at, deadline.at));
    if (!slept) co_return slept.error();
    if (at > deadline.at) co_return Error{Errc::timeout, "scripted delay"};
    if (step.error) co_return *step.error;
    co_return step.response;
  }

  std::size_t left() const { return script_.size(); }

  std::vector<io::HttpRequest> requests{};

 private:
  struct Step {
    std::optional<Error> error{};
    io::HttpResponse response{};
  };

  io::Clock& clock_;
  std::deque<Step> script_{};
  Duration next_delay_{0};
};

}  // namespace spillway::testing
