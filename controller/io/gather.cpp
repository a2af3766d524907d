#include "controller/io/gather.hpp"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace spillway::io::detail {

namespace asio = boost::asio;

namespace {

struct Queue {
  std::vector<asio::awaitable<void>> operations;
  std::size_t next{0};
};

asio::awaitable<void> work_off(Queue& queue) {
  while (queue.next < queue.operations.size()) {
    auto operation = std::move(queue.operations[queue.next++]);
    co_await std::move(operation);
  }
}

// A balanced tree of pairs: `&&` takes two, and a chain would be as deep as there are workers.
asio::awaitable<void> work_off_with(Queue& queue, std::size_t workers) {
  using namespace asio::experimental::awaitable_operators;
  if (workers <= 1) {
    co_await work_off(queue);
    co_return;
  }
  auto one_half = work_off_with(queue, workers / 2);
  auto other_half = work_off_with(queue, workers - workers / 2);
  co_await (std::move(one_half) && std::move(other_half));
}

}  // namespace

asio::awaitable<void> run_all(std::vector<asio::awaitable<void>> operations, std::size_t at_once) {
  SPILLWAY_ASSERT(at_once >= 1);
  Queue queue{.operations = std::move(operations)};
  const std::size_t workers{std::min(at_once, queue.operations.size())};
  co_await work_off_with(queue, workers);
}

}  // namespace spillway::io::detail
