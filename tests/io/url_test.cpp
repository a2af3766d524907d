#include "controller/io/url.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::url_test {

using io::Url;

namespace {

std::string refusal(std::string text) {
  CAPTURE(text);
  const auto url = io::parse_url(text);
  REQUIRE_FALSE(url);
  CHECK(url.error().code == Errc::malformed);
  return url.error().context;
}

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("URLs come apart and together again") {
  struct Row {
    const char* text;
    Url url;
    const char* back;
  };
  const Row rows[]{
      {"http://prom", {"http", "prom", 80, "/"}, "http://prom:80/"},
      {"https://prom/", {"https", "prom", 443, "/"}, "https://prom:443/"},
      {"HTTP://prom:9090/a/b?c=d%20e",
       {"http", "prom", 9090, "/a/b?c=d%20e"},
       "http://prom:9090/a/b?c=d%20e"},
      {"http://prom:9090?x=1", {"http", "prom", 9090, "/?x=1"}, "http://prom:9090/?x=1"},
      {"http://[::1]:9090/x", {"http", "::1", 9090, "/x"}, "http://[::1]:9090/x"},
      {"http://10.0.0.1:1#fragment", {"http", "10.0.0.1", 1, "/"}, "http://10.0.0.1:1/"},
      {"unix:/run/a.sock", {"unix", "/run/a.sock", 0, "/"}, "unix:/run/a.sock"},
      {"unix:///run/a.sock", {"unix", "/run/a.sock", 0, "/"}, "unix:/run/a.sock"},
      {"unix:/run/a.sock:/v1/x?y",
       {"unix", "/run/a.sock", 0, "/v1/x?y"},
       "unix:/run/a.sock:/v1/x?y"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto url = io::parse_url(row.text);
    REQUIRE(url);
    CHECK(url->scheme == row.url.scheme);
    CHECK(url->host == row.url.host);
    CHECK(url->port == row.url.port);
    CHECK(url->target == row.url.target);
    CHECK(io::to_string(*url) == row.back);
    CHECK(*io::parse_url(row.back) == *url);
  }
}

TEST_CASE("what is no URL is refused with the reason") {
  CHECK(says(refusal(""), "not a URL"));
  CHECK(says(refusal("prometheus:9090"), "scheme"));
  CHECK(says(refusal("ftp://host/"), "scheme"));
  CHECK(says(refusal("http:///path"), "no host"));
  CHECK(says(refusal("http://host:99999/"), "port"));
  CHECK(says(refusal("http://host:0/"), "port"));
  CHECK(says(refusal("http://host%0d%0aInjected/"), "illegal characters"));
  CHECK(says(refusal("http://host%2fpath/"), "illegal characters"));
  CHECK(says(refusal("http://host/a b"), "not a URL"));
  CHECK(says(refusal("http://host/%zz"), "not a URL"));
  CHECK(says(refusal("unix:relative.sock"), "absolute"));
  CHECK(says(refusal("unix:/" + std::string(108, 'x')), "107"));
  CHECK(says(refusal("unix:/a:/b c"), "not a path"));
  refusal(std::string("http://ho\0st/", 13));
  CHECK_FALSE(says(refusal("http://host/\r\nInjected: 1"), "Injected"));
}

TEST_CASE("a refused URL does not show the credentials in it") {
  CHECK(says(refusal("http://user:hunter2@host/"), "credentials"));
  CHECK_FALSE(says(refusal("http://user:hunter2@host/"), "hunter2"));
  CHECK_FALSE(says(refusal("nonsense?token=hunter2"), "hunter2"));
}

TEST_CASE("descriptions leave the query out") {
  CHECK(io::describe(*io::parse_url("https://h/a?token=1")) == "https://h:443/a");
  CHECK(io::describe(*io::parse_url("unix:/s:/a?token=1")) == "unix:/s:/a");
}

TEST_CASE("a path is appended with exactly one slash") {
  for (const char* base : {"http://h/prom", "http://h/prom/", "http://h/prom?old=1"}) {
    CAPTURE(base);
    CHECK(io::join(*io::parse_url(base), "/api?q=1").target == "/prom/api?q=1");
    CHECK(io::join(*io::parse_url(base), "api").target == "/prom/api");
  }
  CHECK(io::join(*io::parse_url("http://h"), "/api").target == "/api");
}

TEST_CASE("percent encoding keeps every byte") {
  CHECK(io::percent_encode("a b/c?d=e&f+g~.-_") == "a%20b%2Fc%3Fd%3De%26f%2Bg~.-_");
  std::string all{};
  for (int byte{0}; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(*io::percent_decode(io::percent_encode(all)) == all);
  for (const char* broken : {"%", "%4", "%zz", "a%"}) CHECK_FALSE(io::percent_decode(broken));
}

TEST_CASE("queries come apart and together again") {
  const io::QueryParams params{{"query", "rate(x{a=\"b&c\"}[5m])"}, {"time", "1"}, {"empty", ""}};
  CHECK(*io::decode_query(io::encode_query(params)) == params);
  CHECK(io::with_query("/q", params).starts_with("/q?query=rate%28"));
  CHECK(io::with_query("/q?a=b", {{"c", "d"}}) == "/q?a=b&c=d");
  CHECK(io::with_query("/q", {}) == "/q");
  CHECK(*io::decode_query("a+b=c+d&&flag") == io::QueryParams{{"a b", "c d"}, {"flag", ""}});
  CHECK_FALSE(io::decode_query("a=%"));
}

TEST_CASE("a request target comes apart decoded") {
  const auto target = io::parse_target("/api/v1/work%20load?limit=3");
  REQUIRE(target);
  CHECK(target->path == "/api/v1/work load");
  CHECK(target->query == io::QueryParams{{"limit", "3"}});
  CHECK_FALSE(io::parse_target(""));
  CHECK_FALSE(io::parse_target("http://proxy/request"));
  CHECK_FALSE(io::parse_target("/%"));
}

}  // namespace spillway::url_test
