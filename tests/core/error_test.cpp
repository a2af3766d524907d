#include "controller/core/error.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing.hpp"

namespace spillway::error_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("an error says what was tried, what came back and when to try again") {
  const Error error{with_context("creating group web-1", Error{.code = Errc::throttled,
                                                               .context = "429 TooManyRequests",
                                                               .retry_after = 17s,
                                                               .request_id = "4711"})};
  CHECK(to_string(error) ==
        "Throttled: creating group web-1: 429 TooManyRequests (retry after 17s) (request 4711)");
}

TEST_CASE("a refusal that repeating cannot cure is never retried") {
  CHECK_FALSE(is_retryable(Errc::bad_request));
  CHECK_FALSE(is_retryable(Errc::denied));
  CHECK_FALSE(is_retryable(Errc::registry));
  CHECK_FALSE(is_retryable(Errc::no_capacity));
}

TEST_CASE("weather that passes by itself is retried") {
  CHECK(is_retryable(Errc::timeout));
  CHECK(is_retryable(Errc::unavailable));
  CHECK(is_retryable(Errc::throttled));
  CHECK(is_retryable(Errc::transitioning));
}

TEST_CASE("a result holds a value or an error") {
  const Result<int> value{7};
  REQUIRE(value);
  CHECK(*value == 7);
  const Result<int> failed{Error{Errc::quota, "100 of 100 cores"}};
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Errc::quota);
}

}  // namespace
}  // namespace spillway::error_test
