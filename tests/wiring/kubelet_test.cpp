// The server at the virtual node's kubelet port.
#include "controller/wiring/kubelet.hpp"

#include <doctest/doctest.h>

namespace spillway::wiring_kubelet_test {

TEST_CASE("kubelet.sessions above the server's usual limit of connections are not cut to it") {
  for (const int sessions : {0, 32, 256, 1000}) {
    virtual_node::KubeletSettings settings{};
    settings.sessions = sessions;
    CAPTURE(sessions);
    CHECK(wiring::kubelet_connections(settings) >= static_cast<std::size_t>(sessions) + 200);
  }
}

}  // namespace spillway::wiring_kubelet_test
