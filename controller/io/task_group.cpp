#include "controller/io/task_group.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <utility>

#include "controller/core/error.hpp"

namespace asio = boost::asio;

namespace spillway::io {
namespace {

/// The exception by which Asio unwinds a cancelled coroutine is the normal end of one.
bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

/// What the workers of one `run_all` share: the tasks, which is next, and who waits for the end.
struct Queue {
  explicit Queue(asio::io_context& context)
      : ended{context, asio::steady_timer::time_point::max()} {}

  std::vector<asio::awaitable<void>> tasks{};
  std::size_t next{0};
  std::size_t workers{0};
  asio::steady_timer ended;
};

/// Signs off when its worker ends, also by an exception, and if it was cancelled before it began.
struct SignOff {
  explicit SignOff(std::shared_ptr<Queue> of) : queue{std::move(of)} {}
  SignOff(const SignOff&) = delete;
  SignOff& operator=(const SignOff&) = delete;
  ~SignOff() {
    if (--queue->workers == 0) queue->ended.cancel();
  }

  std::shared_ptr<Queue> queue;
};

asio::awaitable<void> work(std::shared_ptr<SignOff> worker) {
  const std::shared_ptr<Queue> queue{worker->queue};
  while (queue->next < queue->tasks.size()) {
    auto task = std::move(queue->tasks[queue->next++]);
    co_await std::move(task);
  }
}

/// `co_spawn` would run the task's first part inside the caller, who is in the middle of something.
asio::awaitable<void> begin_later(asio::awaitable<void> task) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_await std::move(task);
}

}  // namespace

TaskGroup::TaskGroup(asio::io_context& context, OnBroken on_broken)
    : context_{context},
      on_broken_{std::move(on_broken)},
      ended_{context, asio::steady_timer::time_point::max()} {}

TaskGroup::~TaskGroup() {
  SPILLWAY_ASSERT(signals_.empty() || context_.stopped());
}

void TaskGroup::spawn(asio::awaitable<void> task) {
  const auto signal{signals_.emplace(signals_.end())};
  asio::co_spawn(context_, begin_later(std::move(task)),
                 asio::bind_cancellation_slot(signal->slot(),
                                              [this, signal](const std::exception_ptr& failure) {
                                                signals_.erase(signal);
                                                ended_.cancel();
                                                if (failure && !is_cancellation(failure)) {
                                                  on_broken_(failure);
                                                }
                                              }));
}

void TaskGroup::cancel() {
  // Emitting may end a task and erase its signal, so the next one is looked up first.
  for (auto signal{signals_.begin()}; signal != signals_.end();) {
    const auto current{signal++};
    current->emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> TaskGroup::join() {
  while (!signals_.empty()) {
    boost::system::error_code woken{};
    co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<void> TaskGroup::run_all(std::vector<asio::awaitable<void>> tasks,
                                         std::size_t at_once) {
  SPILLWAY_ASSERT(at_once > 0);
  const auto queue{std::make_shared<Queue>(context_)};
  queue->tasks = std::move(tasks);
  queue->workers = std::min(at_once, queue->tasks.size());
  for (std::size_t i{queue->workers}; i > 0; --i) {
    spawn(work(std::make_shared<SignOff>(queue)));
  }
  while (queue->workers > 0) {
    boost::system::error_code woken{};
    co_await queue->ended.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

}  // namespace spillway::io
