// A double of a provider's terminals: what is typed is written down, what a test writes comes out.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/terminals.hpp"

namespace spillway::testing {

class FakeTerminals final : public Terminals {
 public:
  /// One that was opened; shared, so that the test sees it after its end.
  struct State {
    explicit State(boost::asio::any_io_executor executor)
        : changed{executor, boost::asio::steady_timer::time_point::max()} {}

    void say(std::string bytes) {
      outputs.emplace_back(std::move(bytes));
      changed.cancel();
    }
    void end() {
      has_ended = true;
      changed.cancel();
    }

    std::deque<std::string> outputs{};
    std::string typed{};
    bool has_ended{false};
    bool is_closed{false};
    boost::asio::steady_timer changed;
    std::function<void(State&, const std::string&)> on_typed{};
  };

  boost::asio::awaitable<Result<std::unique_ptr<Terminal>>> open(GroupId id,
                                                                 TerminalRequest request,
                                                                 io::Deadline) override {
    groups.push_back(std::move(id));
    requests.push_back(std::move(request));
    if (refusal) co_return *refusal;
    const auto executor = co_await boost::asio::this_coro::executor;
    auto state = std::make_shared<State>(executor);
    state->on_typed = on_typed;
    opened.push_back(state);
    std::unique_ptr<Terminal> made{std::make_unique<One>(std::move(state))};
    co_return made;
  }

  std::optional<Error> refusal{};
  std::function<void(State&, const std::string&)> on_typed{};
  std::vector<GroupId> groups{};
  std::vector<TerminalRequest> requests{};
  std::vector<std::shared_ptr<State>> opened{};

 private:
  class One final : public Terminal {
   public:
    explicit One(std::shared_ptr<State> state) : state_{std::move(state)} {}

    boost::asio::awaitable<Result<std::optional<std::string>>> read() override {
      while (true) {
        if (state_->is_closed) co_return Error{Errc::cancelled, "reading"};
        if (!state_->outputs.empty()) {
          std::optional<std::string> bytes{std::move(state_->outputs.front())};
          state_->outputs.pop_front();
          co_return bytes;
        }
        if (state_->has_ended) co_return std::optional<std::string>{};
        boost::system::error_code woken{};
        co_await state_->changed.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, woken));
      }
    }
    boost::asio::awaitable<Result<void>> write(std::string bytes) override {
      state_->typed += bytes;
      if (state_->on_typed) state_->on_typed(*state_, bytes);
      co_return Result<void>{};
    }
    void close() override {
      state_->is_closed = true;
      state_->changed.cancel();
    }

   private:
    std::shared_ptr<State> state_;
  };
};

}  // namespace spillway::testing
