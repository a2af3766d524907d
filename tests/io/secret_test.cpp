#include "controller/io/secret.hpp"

#include <doctest/doctest.h>
#include <fmt/ostream.h>

#include <sstream>
#include <string>
#include <utility>

#include "controller/io/random.hpp"

namespace spillway::secret_test {

using spillway::io::Secret;

TEST_CASE("a secret shows itself as three stars, wherever it is printed") {
  const Secret secret{"hunter2"};
  std::ostringstream out{};
  out << secret;
  CHECK(out.str() == "***");
  CHECK(fmt::format("{} {:>5}", secret, secret) == "***   ***");
  CHECK(fmt::format("{}", Secret{}) == "");
  CHECK(secret.reveal() == "hunter2");
}

TEST_CASE("secrets compare by value") {
  CHECK(Secret{"a"} == Secret{"a"});
  CHECK_FALSE(Secret{"a"} == Secret{"b"});
  CHECK_FALSE(Secret{"a"} == Secret{"aa"});
  CHECK(Secret{} == Secret{""});
}

TEST_CASE("a secret that was moved leaves nothing behind") {
  for (const std::string& text : {std::string{"short"}, std::string(100, 'x')}) {
    Secret from{text};
    const Secret to{std::move(from)};
    CHECK(from.empty());  // NOLINT: what a move leaves is the point
    CHECK(to.reveal() == text);
    from = to;
    CHECK(from == to);
    const Secret& itself{from};
    from = itself;
    CHECK(from.reveal() == text);
  }
}

TEST_CASE("a seeded sequence is the same everywhere, and units stay below one") {
  spillway::io::SeededRandom random{7};
  CHECK(spillway::io::random_hex(random, 20) == "7a9d66be1356f11c261c");
  for (int i{0}; i < 10'000; ++i) {
    const double unit{random.unit()};
    CHECK(unit >= 0.0);
    CHECK(unit < 1.0);
  }
}

TEST_CASE("the system's random names differ") {
  spillway::io::SystemRandom random{};
  const std::string one{spillway::io::random_hex(random, 16)};
  CHECK(one.size() == 16);
  CHECK(one != spillway::io::random_hex(random, 16));
}

}  // namespace spillway::secret_test
