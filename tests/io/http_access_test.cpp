#include "controller/io/http_access.hpp"

#include <doctest/doctest.h>

#include "tests/support/child_process.hpp"
#include "tests/support/printing.hpp"

namespace spillway::io::http_access_test {
namespace {

std::optional<std::string_view> authorization(const HttpAccess& access, HttpRequest& request) {
  access.authorize(request);
  return request.headers.find("Authorization");
}

TEST_CASE("no credentials, no header") {
  HttpRequest request{};
  CHECK_FALSE(authorization(HttpAccess{{}}, request));
}

TEST_CASE("a token, or a user and a password, become the Authorization header") {
  HttpRequest request{};
  CHECK(authorization(HttpAccess{{.bearer_token = "abc"}}, request) == "Bearer abc");
  CHECK(authorization(HttpAccess{{.username = "Aladdin", .password = "open sesame"}}, request) ==
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_CASE("a token file is read anew, and a broken one keeps the last token") {
  const testing::ScratchDirectory scratch{};
  HttpAccess access{{.bearer_token_file = scratch.write("token", "first\n")}};
  HttpRequest request{};
  REQUIRE(access.refresh());
  CHECK(authorization(access, request) == "Bearer first");
  scratch.write("token", "second\n");
  REQUIRE(access.refresh());
  CHECK(authorization(access, request) == "Bearer second");
  scratch.write("token", " \n");
  CHECK(!access.refresh());
  CHECK(authorization(access, request) == "Bearer second");
}

TEST_CASE("secrets are struck out of errors, ordinary words are not") {
  const HttpAccess access{
      {.bearer_token = "tok-123", .headers = {{"X-Key", "key-456"}, {"A", "1"}}}};
  const Error error{access.redact({Errc::denied, "1 refused: tok-123, key-456, tok-123"})};
  CHECK(error.context == "1 refused: ***, ***, ***");
}

TEST_CASE("a missing certificate file names its setting") {
  const auto options{HttpAccess{{.ca_file = "/no/such/file"}}.tls_options()};
  REQUIRE(!options);
  CHECK(options.error().context.starts_with("ca_file: "));
}

}  // namespace
}  // namespace spillway::io::http_access_test
