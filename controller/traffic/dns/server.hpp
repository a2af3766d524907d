// The zone's primary server: asked and told over TCP, each message signed if there is a key. What
// it refuses is said in words that name the setting to change. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/endpoint.hpp"
#include "controller/io/random.hpp"
#include "controller/traffic/dns/message.hpp"
#include "controller/traffic/dns/settings.hpp"
#include "controller/traffic/dns/tsig.hpp"

namespace spillway::dns {

class Server {
 public:
  /// `settings` have been checked. `clock` must outlive the server.
  Server(const Settings& settings, io::Clock& clock);

  /// The data of the records of `name` that have `record_type`; empty if there are none. Errors:
  /// unavailable, timeout, malformed, denied (REFUSED, or the key), bad_request (the server is not
  /// the zone's; the name is an alias).
  boost::asio::awaitable<Result<std::vector<std::string>>> records(std::string name,
                                                                   std::uint16_t record_type,
                                                                   io::Deadline deadline);

  /// Carries out an update. Errors: as above; transitioning if one of its conditions does not hold.
  boost::asio::awaitable<Result<void>> update(Message update, io::Deadline deadline);

 private:
  boost::asio::awaitable<Result<Message>> ask(Message question, io::Deadline deadline);

  io::Endpoint endpoint_;
  std::string zone_;
  std::optional<Key> key_{};
  Duration timeout_;
  io::Clock& clock_;
  io::SystemRandom random_{};
};

/// What a response code means, for `doing` in `zone`; nothing for success and for a name that does
/// not exist. `now` in seconds tells how far the clocks are apart. Pure.
std::optional<Error> refusal(const std::string& doing, const std::string& zone,
                             const Message& answer, const std::optional<Key>& key,
                             std::int64_t now);

}  // namespace spillway::dns
