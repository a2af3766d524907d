#include "controller/io/peer_order.hpp"

#include <doctest/doctest.h>

namespace spillway::peer_order_test {

using namespace std::chrono_literals;
using Order = std::vector<std::size_t>;

TEST_CASE("a server that failed is asked last for a while, the one that failed first in front") {
  const TimePoint now{1h};
  io::PeerOrder peers{3, 1min};
  CHECK(peers.order(now) == Order{0, 1, 2});
  peers.note_failure(0, now);
  CHECK(peers.order(now + 10s) == Order{1, 2, 0});
  peers.note_failure(1, now + 10s);
  peers.note_failure(2, now + 5s);
  CHECK(peers.order(now + 20s) == Order{0, 2, 1});  // all have failed: all are still asked
  CHECK(peers.order(now + 61s) == Order{0, 2, 1});
  peers.note_success(2);
  CHECK(peers.order(now + 20s) == Order{2, 0, 1});
  CHECK(peers.order(now + 2min) == Order{0, 1, 2});
}

}  // namespace spillway::peer_order_test
