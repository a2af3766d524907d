// The connections of the HTTP client, kept alive and shared per origin, with a limit on how many
// are in use at once and a bounded queue for those who wait. Internal to io; knows no HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/stream.hpp"

namespace spillway::io {

class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  struct Limits {
    std::size_t in_use_max{16};   ///< per origin
    std::size_t waiting_max{64};  ///< per origin
    Duration idle_limit{std::chrono::seconds{30}};
  };

  /// The right to use one connection to an origin, given back on destruction.
  class Lease {
   public:
    Lease(std::shared_ptr<ConnectionPool> pool, std::string origin);
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    /// A kept connection, or null: then the holder connects by itself.
    std::unique_ptr<ByteStream> stream{};

    /// Gives the stream back in a state in which it can be used again.
    void keep();

   private:
    std::shared_ptr<ConnectionPool> pool_;
    std::string origin_;
  };

  ConnectionPool(boost::asio::io_context& context, Clock& clock, Limits limits);

  /// Waits until `origin` has a connection to spare. `wants_new`: without a kept stream, and those
  /// kept so far are closed. Errors: `unavailable` if too many wait already, `cancelled`.
  boost::asio::awaitable<Result<Lease>> acquire(std::string origin, bool wants_new);

  std::size_t idle_count() const;

 private:
  struct Waiter;
  struct Idle {
    std::unique_ptr<ByteStream> stream;
    TimePoint since;
  };
  struct Origin {
    std::size_t in_use{0};
    std::deque<Idle> idle{};  // the freshest last
    std::deque<Waiter*> waiting{};
  };

  std::unique_ptr<ByteStream> take_idle(Origin& origin);
  void release(const std::string& name);
  void close_expired();

  boost::asio::io_context& context_;
  Clock& clock_;
  Limits limits_;
  std::map<std::string, Origin> origins_{};
};

}  // namespace spillway::io
