// The only place that speaks HTTP and TLS: reads requests within limits, asks the handler core,
// writes the answer (or the fault that it is to show). Knows nothing of Azure.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/emulator/clock.hpp"
#include "tests/emulator/message.hpp"
#include "tests/emulator/options.hpp"

namespace boost::asio {
class io_context;
}

namespace spillway::emulator {

struct FrontState;

class HttpFront {
 public:
  using Handle = std::function<Response(const Request&)>;

  /// Listens at once. Throws std::runtime_error if the address, certificate or key is of no use.
  /// `clock` must outlive the front.
  HttpFront(boost::asio::io_context& context, const EmulatorOptions& options, const Clock& clock,
            Handle handle);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  /// `http://127.0.0.1:43210`: with the real port and without a slash at the end.
  std::string url() const;

  /// Wakes delayed answers after the clock was moved by hand.
  void time_moved();

  /// Closes the listener and every connection. Idempotent.
  void stop();

 private:
  std::shared_ptr<FrontState> state_;
};

}  // namespace spillway::emulator
