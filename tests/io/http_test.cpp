#include "controller/io/http.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::http_test {

using namespace std::chrono_literals;

TEST_CASE("header names compare without regard to case, values stay as they are") {
  io::Headers headers{{"Content-Type", "text/plain"}, {"Set-Cookie", "a"}};
  headers.add("set-cookie", "b");
  CHECK(headers.find("content-type") == "text/plain");
  CHECK(headers.find("SET-COOKIE") == "a");
  CHECK_FALSE(headers.find("Content"));
  headers.set("SET-COOKIE", "c");
  CHECK(headers.size() == 2);
  CHECK(headers.find("Set-Cookie") == "c");
}

TEST_CASE("each status has one meaning for adapters without a table of their own") {
  struct Row {
    int status;
    Errc code;
  };
  const Row rows[]{{401, Errc::denied},      {403, Errc::denied},      {404, Errc::not_found},
                   {410, Errc::not_found},   {408, Errc::timeout},     {429, Errc::throttled},
                   {500, Errc::unavailable}, {503, Errc::unavailable}, {400, Errc::bad_request},
                   {409, Errc::bad_request}, {301, Errc::bad_request}};
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CHECK(io::error_of_status("asking", {.status = row.status}).code == row.code);
  }
}

TEST_CASE("the error of a status shows the beginning of the body, on one line") {
  const auto error = io::error_of_status(
      "listing", {.status = 500, .body = "line one\nline\ttwo\x01" + std::string(500, 'x')});
  CHECK(
      error.context.starts_with("listing: HTTP 500 Internal Server Error: line one line two xxx"));
  CHECK(error.context.size() < 300);
  CHECK(error.context.ends_with("..."));
}

TEST_CASE("Retry-After is understood in seconds, capped, and otherwise ignored") {
  const auto after = [](std::string value) {
    io::HttpResponse response{.status = 429};
    response.headers.set("Retry-After", std::move(value));
    return io::retry_after(response);
  };
  CHECK(after("17") == Duration{17s});
  CHECK(after("0") == Duration{0s});
  CHECK(after("999999") == Duration{1h});
  CHECK(after("99999999999999999999") == Duration{1h});
  for (const char* odd : {"", "-1", "1.5", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "17 "}) {
    CAPTURE(odd);
    CHECK_FALSE(after(odd));
  }
  CHECK_FALSE(io::retry_after({.status = 429}));
}

TEST_CASE("only methods that may be repeated are idempotent") {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) CHECK(io::is_idempotent(method));
  for (const char* method : {"POST", "PATCH", "get", ""}) CHECK_FALSE(io::is_idempotent(method));
}

}  // namespace spillway::http_test
