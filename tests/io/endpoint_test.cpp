#include "controller/io/endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::endpoint_test {

using io::Endpoint;

TEST_CASE("endpoints come apart and together again") {
  struct Row {
    const char* text;
    Endpoint endpoint;
  };
  const Row rows[]{
      {"haproxy:9999", {"haproxy", 9999, ""}},
      {"127.0.0.1:1", {"127.0.0.1", 1, ""}},
      {"[::1]:65535", {"::1", 65535, ""}},
      {"unix:/run/haproxy.sock", {"", 0, "/run/haproxy.sock"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto endpoint = io::parse_endpoint(row.text);
    REQUIRE(endpoint);
    CHECK(*endpoint == row.endpoint);
    CHECK(io::to_string(*endpoint) == row.text);
  }
}

TEST_CASE("what is no endpoint is refused with what was expected") {
  const std::string too_long{"unix:/" + std::string(108, 'x')};
  for (const std::string text : {"", "host", "host:", ":80", "host:0", "host:65536", "host:-1",
                                 "host:8o", "::1:80", "[]:80", "unix:", "unix:relative"}) {
    CAPTURE(text);
    const auto endpoint = io::parse_endpoint(text);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().code == Errc::malformed);
    CHECK(endpoint.error().context.find("expected HOST:PORT") != std::string::npos);
  }
  CHECK_FALSE(io::parse_endpoint(too_long));
}

TEST_CASE("port 0 is for listening only") {
  CHECK(io::parse_endpoint("127.0.0.1:0", true)->port == 0);
  CHECK_FALSE(io::parse_endpoint("127.0.0.1:0"));
}

}  // namespace spillway::endpoint_test
