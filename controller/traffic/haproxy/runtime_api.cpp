#include "controller/traffic/haproxy/runtime_api.hpp"

#include <utility>

#include "controller/io/stream_socket.hpp"
#include "controller/traffic/haproxy/answers.hpp"

namespace spillway::haproxy {

namespace {

class SocketRuntimeApi final : public RuntimeApi {
 public:
  SocketRuntimeApi(io::Endpoint endpoint, io::Clock& clock, Duration timeout)
      : endpoint_{std::move(endpoint)},
        address_{io::to_string(endpoint_)},
        clock_{clock},
        timeout_{timeout} {}

  const std::string& address() const override { return address_; }

  boost::asio::awaitable<Result<std::string>> ask(std::string command,
                                                  io::Deadline deadline) override {
    const io::Deadline until{io::earlier(deadline, io::deadline_after(clock_, timeout_))};
    co_return co_await io::exchange(endpoint_, command + "\n", answer_limit, clock_, until);
  }

 private:
  io::Endpoint endpoint_;
  std::string address_;
  io::Clock& clock_;
  Duration timeout_;
};

}  // namespace

std::unique_ptr<RuntimeApi> make_runtime_api(io::Endpoint endpoint, io::Clock& clock,
                                             Duration timeout) {
  return std::make_unique<SocketRuntimeApi>(std::move(endpoint), clock, timeout);
}

}  // namespace spillway::haproxy
