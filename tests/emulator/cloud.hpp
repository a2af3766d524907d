// The handler core: a request and an instant go in, an answer comes out. Tokens, api-versions, rate
// limits, faults and the headers that every answer carries are applied here, in ARM's order.
// No sockets and no clock of its own: tests call it directly.
#pragma once

#include <functional>
#include <string>

#include "tests/emulator/authority.hpp"
#include "tests/emulator/message.hpp"
#include "tests/emulator/router.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {

class Cloud {
 public:
  Cloud(const EmulatorOptions& options, Backend& backend, TimePoint epoch);

  /// `now` must not go back between calls. Plays everything that is due until then first.
  Response handle(const Request& request, TimePoint now);

  World& world() { return world_; }
  const World& world() const { return world_; }

  /// Told when a client moves time forward; whoever keeps the clock must follow.
  std::function<void(Duration)> on_advance;

 private:
  Response route(const Request& request, const Url& url);
  Response arm(Call& call, const Route& route, Headers& rate_headers);
  Response with_faults(Call& call, const Route& route);

  EmulatorOptions options_;
  World world_;
  Authority authority_;
  Router router_;
};

}  // namespace spillway::emulator
