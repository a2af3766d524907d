#include "controller/traffic/etcd/keys.hpp"

#include <string>
#include <utility>
#include <vector>

#include "controller/io/base64.hpp"
#include "controller/traffic/etcd/etcd.hpp"
#include "tests/support/printing.hpp"

namespace spillway::keys_test {

using namespace spillway::etcd;

namespace {

const Keyspace keys{"web", "/r/web/", "/s/web/"};

ListedBackend burst(std::string group, BackendState state = BackendState::admitted) {
  return {.backend = {.group = {std::move(group)}, .workload = "web", .ip = "10.0.0.4", .port = 80},
          .state = state};
}

/// What etcd makes of changes whose conditions hold.
Found carried_out(Found found, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    for (const Write& write : change.writes) {
      Values& values{write.key.starts_with(keys.prefix) ? found.replicas : found.registry};
      if (write.is_removal) {
        values.erase(write.key);
      } else {
        values[write.key] = {write.text, 7};
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("changes bring etcd to what is wanted, and then there is nothing to do") {
  BackendSet wanted{};
  wanted["web-1"] = burst("web-1");
  wanted["web-2"] = burst("web-2", BackendState::draining);
  const Found found{carried_out({}, changes_to(keys, {}, wanted))};
  CHECK(found.replicas.size() == 1);
  CHECK(found.registry.size() == 2);
  CHECK(entries_in(keys, found) == wanted);
  CHECK(changes_to(keys, found, wanted).empty());
  for (const ListedBackend& each : listing_of(keys, found)) {
    CHECK(each == wanted.at(each.backend.group.name));
  }
  const Found empty{carried_out(found, changes_to(keys, found, {}))};
  CHECK(empty.replicas.empty());
  CHECK(empty.registry.empty());
}

TEST_CASE("a change is bound to the registry's key as it was read") {
  BackendSet wanted{};
  wanted["web-1"] = burst("web-1");
  const auto first = changes_to(keys, {}, wanted);
  REQUIRE(first.size() == 1);
  CHECK(first.front().revision == 0);
  Found found{carried_out({}, first)};
  const auto second = changes_to(keys, found, {});
  REQUIRE(second.size() == 1);
  CHECK(second.front().registry_key == "/s/web/web-1");
  CHECK(second.front().revision == 7);
}

TEST_CASE("requests are what the gateway reads") {
  CHECK(read_request(keys) ==
        R"({"success":[{"request_range":{"key":"L3Ivd2ViLw==","range_end":"L3Ivd2ViMA=="}},)"
        R"({"request_range":{"key":"L3Mvd2ViLw==","range_end":"L3Mvd2ViMA=="}}]})");
  const std::vector<Change> changes{{"k", 5, {{"k", "v", false}, {"x", "", true}}}};
  CHECK(write_request(changes, 0, 1) ==
        R"({"compare":[{"key":"aw==","target":"MOD","result":"EQUAL","mod_revision":"5"}],)"
        R"("success":[{"request_put":{"key":"aw==","value":"dg=="}},)"
        R"({"request_delete_range":{"key":"eA=="}}]})");
}

TEST_CASE("the end of a range is the next text that does not begin with the prefix") {
  CHECK(range_end("/a/") == "/a0");
  CHECK(range_end("a\xff") == "b");
  CHECK(range_end("\xff\xff") == std::string(1, '\0'));
}

TEST_CASE("answers are read, and what is none is malformed, never empty") {
  const auto found = parse_read(
      R"({"succeeded":true,"responses":[{"response_range":{"kvs":[{"key":"L3Ivd2ViL2E=",)"
      R"("mod_revision":"12","value":"e30="}],"count":"1"}},{"response_range":{}}]})");
  REQUIRE(found);
  CHECK(found->replicas == Values{{"/r/web/a", {"{}", 12}}});
  CHECK(found->registry.empty());
  for (
      const std::string bad :
      {"", "[]", "{}", R"({"responses":[]})", R"({"responses":[{},{}]})",
       R"({"responses":[{"response_range":{}}]})",
       R"({"responses":[{"response_range":{"kvs":[{"key":"?"}]}},{"response_range":{}}]})",
       R"({"responses":[{"response_range":{"kvs":[{"mod_revision":"x"}]}},{"response_range":{}}]})",
       R"({"responses":[{"response_range":{"kvs":3}},{"response_range":{}}]})"}) {
    CAPTURE(bad);
    const auto broken = parse_read(bad);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == Errc::malformed);
  }
  CHECK(*parse_written(R"({"succeeded":true})"));
  CHECK_FALSE(*parse_written(R"({"header":{}})"));
  CHECK_FALSE(parse_written("x"));
  CHECK(*parse_token(R"({"token":"t"})") == "t");
  CHECK_FALSE(parse_token("{}"));
}

TEST_CASE("refusals of etcd are told in its words, with what to do") {
  const auto code_of = [](int status, std::string body) {
    return error_of_answer("reading", {.status = status, .body = std::move(body)}).code;
  };
  CHECK(code_of(400, R"({"error":"etcdserver: user name is empty"})") == Errc::denied);
  CHECK(code_of(400,
                R"({"error":"etcdserver: authentication failed, invalid user ID or password"})") ==
        Errc::denied);
  CHECK(code_of(403, R"({"error":"etcdserver: permission denied"})") == Errc::denied);
  CHECK(code_of(400, R"({"error":"etcdserver: authentication is not enabled"})") ==
        Errc::bad_request);
  CHECK(code_of(503, R"({"error":"etcdserver: leader changed"})") == Errc::unavailable);
  CHECK(code_of(400, "<html>") == Errc::bad_request);
}

}  // namespace spillway::keys_test
