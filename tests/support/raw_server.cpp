#include "tests/support/raw_server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <list>
#include <utility>

namespace spillway::testing {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;

struct RawServer::State : std::enable_shared_from_this<RawServer::State> {
  State(asio::io_context& context, std::deque<Answer> script, std::string end)
      : acceptor{context}, answers{std::move(script)}, request_end{std::move(end)} {}

  void listen(const Protocol::endpoint& endpoint, Protocol protocol) {
    acceptor.open(protocol);
    acceptor.bind(endpoint);
    acceptor.listen();
  }

  static asio::awaitable<void> accept(std::shared_ptr<State> self) {
    for (;;) {
      boost::system::error_code failure{};
      Protocol::socket socket{
          co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failure))};
      if (failure) co_return;
      ++self->connection_count;
      self->sockets.push_back(std::move(socket));
      asio::co_spawn(self->acceptor.get_executor(), talk(self, self->sockets.back()),
                     asio::detached);
    }
  }

  static asio::awaitable<void> talk(std::shared_ptr<State> self, Protocol::socket& socket) {
    std::string received{};
    boost::system::error_code failure{};
    for (;;) {
      const std::size_t size{
          co_await asio::async_read_until(socket, asio::dynamic_buffer(received), self->request_end,
                                          asio::redirect_error(asio::use_awaitable, failure))};
      if (failure) co_return;
      self->requests.push_back(received.substr(0, size));
      received.erase(0, size);
      if (self->answers.empty()) continue;
      const Answer answer{std::move(self->answers.front())};
      self->answers.pop_front();
      co_await asio::async_write(socket, asio::buffer(answer.bytes),
                                 asio::redirect_error(asio::use_awaitable, failure));
      if (answer.then == Then::keeps_open) continue;
      if (answer.then == Then::resets) socket.set_option(asio::socket_base::linger{true, 0});
      socket.close();
      co_return;
    }
  }

  asio::basic_socket_acceptor<Protocol> acceptor;
  std::deque<Answer> answers;
  std::string request_end;
  std::list<Protocol::socket> sockets{};
  std::vector<std::string> requests{};
  std::size_t connection_count{0};
};

RawServer::RawServer(asio::io_context& context, std::deque<Answer> answers, std::string request_end,
                     std::string unix_path)
    : state_{std::make_shared<State>(context, std::move(answers), std::move(request_end))} {
  if (unix_path.empty()) {
    const asio::ip::tcp::endpoint loopback{asio::ip::address_v4::loopback(), 0};
    state_->listen(loopback, loopback.protocol());
  } else {
    const asio::local::stream_protocol::endpoint local{unix_path};
    state_->listen(local, local.protocol());
  }
  asio::co_spawn(context, State::accept(state_), asio::detached);
}

RawServer::~RawServer() {
  boost::system::error_code ignored{};
  state_->acceptor.close(ignored);
  for (auto& socket : state_->sockets) socket.close(ignored);
}

std::uint16_t RawServer::port() const {
  const auto local = state_->acceptor.local_endpoint();
  asio::ip::tcp::endpoint bound{};
  std::memcpy(bound.data(), local.data(), std::min(bound.capacity(), local.size()));
  return bound.port();
}

const std::vector<std::string>& RawServer::requests() const {
  return state_->requests;
}

std::size_t RawServer::connection_count() const {
  return state_->connection_count;
}

}  // namespace spillway::testing
