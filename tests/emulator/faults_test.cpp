#include "tests/emulator/faults.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/emulator/harness.hpp"

namespace spillway::emulator::faults_test {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

TEST_CASE("a fault strikes the next N matching calls and no other") {
  Harness azure;
  azure.admin("faults", {{"fault", "error"}, {"status", 503}, {"method", "PUT"}, {"count", 2}});
  CHECK(azure.get("web").status == 404);
  CHECK(azure.put("web").status == 503);
  CHECK(azure.put("web").status == 503);
  CHECK(azure.put("web").status == 201);
}

TEST_CASE("a throttle comes with or without Retry-After") {
  Harness azure;
  azure.admin("faults", {{"fault", "throttle"}});
  azure.admin("faults", {{"fault", "throttle"}, {"retryAfter", 7}});
  CHECK(azure.get("web").status == 429);
  const Response second{azure.get("web")};
  CHECK(second.status == 429);
  CHECK(header_of(second, "Retry-After") == "7");
}

TEST_CASE("a throttle without Retry-After has no such header") {
  Harness azure;
  azure.admin("faults", {{"fault", "throttle"}});
  CHECK(header_of(azure.get("web"), "Retry-After").empty());
}

TEST_CASE("a lost answer did the work, a lost request did not") {
  Harness azure;
  azure.admin("faults", {{"fault", "lost_answer"}, {"group", "a"}});
  azure.admin("faults", {{"fault", "lost_request"}, {"group", "b"}});
  CHECK(azure.put("a").delivery == Delivery::dropped);
  CHECK(azure.put("b").delivery == Delivery::dropped);
  CHECK(azure.get("a").status == 200);
  CHECK(azure.get("b").status == 404);
  const Response state{azure.send("GET", "/_emulator/state")};
  CHECK(text_at(state, "/operations/ContainerGroups_CreateOrUpdate/lost") == "2");
}

TEST_CASE("bodies can be cut, spoiled or blown up, and answers delayed") {
  Harness azure;
  const std::string list{Harness::path("")};
  azure.admin("faults", {{"fault", "truncated_body"}});
  CHECK(azure.send("GET", list).delivery == Delivery::truncated);
  azure.admin("faults", {{"fault", "garbage_body"}});
  CHECK(json_of(azure.send("GET", list)).is_null());
  azure.admin("faults", {{"fault", "oversize_body"}, {"bytes", 1000000}});
  CHECK(azure.send("GET", list).body.size() > 1000000);
  azure.admin("faults", {{"fault", "delay"}, {"seconds", 90}});
  CHECK(azure.send("GET", list).delay == 90s);
  CHECK(azure.send("GET", list).delay == 0s);
}

TEST_CASE("a region can refuse capacity or quota while others work") {
  Harness azure;
  azure.admin("faults", {{"fault", "capacity_refused"}, {"region", "East US"}, {"count", nullptr}});
  azure.admin("faults", {{"fault", "quota_exhausted"}, {"region", "westus"}, {"count", nullptr}});
  const Response refused{azure.put("a")};
  CHECK(refused.status == 409);
  CHECK(code_of(refused) == "ServiceUnavailable");
  CHECK(code_of(azure.put("a", small_group(1, "westus"))) == "ContainerGroupQuotaReached");
  CHECK(azure.put("a", small_group(1, "westeurope")).status == 201);
}

TEST_CASE("a stuck create gives up after half an hour; a stuck delete never ends") {
  Harness azure;
  azure.admin("faults", {{"fault", "stuck_create"}, {"group", "a"}});
  azure.admin("faults", {{"fault", "stuck_delete"}, {"group", "b"}});
  azure.put("a");
  azure.start("b");
  CHECK(azure.state("a") == "Creating/Pending");
  azure.remove("b");
  azure.now += 1h;
  CHECK(azure.state("a") == "Failed/Failed");
  CHECK(text_at(azure.get("b"), "/properties/provisioningState") == "Deleting");
}

TEST_CASE("a failed start tells its reason where clients poll, and may recover") {
  Harness azure;
  azure.admin("faults",
              {{"fault", "failed_start"}, {"message", "no host"}, {"recoversAfter", 300}});
  const Response created{azure.put("web")};
  azure.now += 1min;
  const Response status{azure.send("GET", target_of(header_of(created, "Azure-AsyncOperation")))};
  CHECK(text_at(status, "/status") == "Failed");
  CHECK(text_at(status, "/error/message") == "no host");
  azure.now += 10min;
  CHECK(azure.state("web") == "Succeeded/Running");
}

TEST_CASE("a stale list is behind by the given time, in both directions") {
  Harness azure;
  azure.start("old");
  azure.admin("faults", {{"fault", "stale_list"}, {"seconds", 60}});
  azure.start("filler", small_group(1, "westus"));
  azure.put("fresh");
  azure.remove("old");
  azure.now += 10s;
  CHECK(azure.get("fresh").status == 200);
  CHECK(azure.get("old").status == 404);
  std::vector<std::string> names;
  const json::value list(json_of(azure.send("GET", Harness::path(""))));
  for (const json::value& group : list.at("value").as_array()) {
    names.emplace_back(group.at("name").as_string());
  }
  CHECK(names == std::vector<std::string>{"filler", "old"});
  azure.now += 1min;
  const json::value later(json_of(azure.send("GET", Harness::path(""))));
  CHECK(later.at("value").as_array().size() == 2);
  CHECK(later.at("value").at(1).at("name") == "fresh");
}

TEST_CASE("a skewed clock shows in the Date header and in instants") {
  Harness azure;
  azure.start("web");
  const std::string true_date{header_of(azure.get("web"), "Date")};
  azure.admin("faults", {{"fault", "clock_skew"}, {"seconds", -3600}});
  CHECK(true_date == "Mon, 23 Nov 2026 00:02:00 GMT");
  CHECK(header_of(azure.get("web"), "Date") == "Sun, 22 Nov 2026 23:02:00 GMT");
}

TEST_CASE("an evicted group comes back elsewhere by itself, a crashed one where it was") {
  Harness azure;
  azure.start("web");
  azure.admin("groups/web/evict", json::object{});
  CHECK(azure.state("web") == "Repairing/Repairing");
  azure.now += 2min;
  CHECK(azure.state("web") == "Succeeded/Running");
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip") == "127.42.0.2");
  azure.admin("groups/web/crash", {{"exitCode", 9}});
  azure.now += 1s;
  const std::string view{"/properties/containers/0/properties/instanceView"};
  CHECK(text_at(azure.get("web"), view + "/previousState/exitCode") == "9");
  CHECK(text_at(azure.get("web"), "/properties/ipAddress/ip") == "127.42.0.2");
  CHECK(code_of(azure.admin("groups/none/crash", json::object{})) == "ResourceNotFound");
}

TEST_CASE("an evicted Spot group starts from the beginning and says why, a moved one is repaired") {
  Harness azure;
  json::value body(small_group());
  json::object& properties{body.at("properties").as_object()};
  properties["priority"] = "Spot";
  properties.erase("ipAddress");
  body.as_object()["location"] = "westeurope";
  azure.start("worker", body);
  azure.admin("groups/worker/evict", {{"cause", "maintenance"}});
  CHECK(azure.state("worker") == "Repairing/Repairing");
  azure.now += 2min;
  CHECK(azure.state("worker") == "Succeeded/Running");
  azure.admin("groups/worker/evict", json::object{});
  CHECK(azure.state("worker") == "Pending/Pending");
  CHECK(text_at(azure.get("worker"), "/properties/instanceView/events/1/name") == "Evicted");
  azure.now += 2min;
  CHECK(azure.state("worker") == "Succeeded/Running");
  CHECK(code_of(azure.admin("groups/worker/evict", {{"cause", "boredom"}})) == "InvalidBody");
}

TEST_CASE("a fault with a probability strikes about so often, and the same with the same seed") {
  const auto struck{[] {
    Harness azure;
    azure.admin("faults", {{"fault", "error"}, {"count", nullptr}, {"probability", 0.3}});
    std::string pattern;
    for (int i{0}; i < 200; ++i) pattern += azure.get("web").status == 503 ? 'x' : '.';
    return pattern;
  }};
  const std::string pattern{struck()};
  const auto hits{std::count(pattern.begin(), pattern.end(), 'x')};
  CHECK(hits > 35);
  CHECK(hits < 85);
  CHECK(pattern == struck());
}

TEST_CASE("a fault may end by itself, be listed and be removed") {
  Harness azure;
  azure.admin("faults", {{"fault", "error"}, {"count", nullptr}, {"forSeconds", 60}});
  const Response added{azure.admin("faults", {{"fault", "throttle"}, {"path", "*/usages"}})};
  CHECK(azure.get("web").status == 503);
  azure.now += 1min;
  CHECK(azure.get("web").status == 404);
  CHECK(json_of(azure.send("GET", "/_emulator/faults")).at("value").as_array().size() == 2);
  CHECK(azure.send("DELETE", "/_emulator/faults/" + text_at(added, "/id")).status == 204);
  CHECK(azure.send("DELETE", "/_emulator/faults/99").status == 404);
}

TEST_CASE("a malformed fault is refused with what is allowed") {
  Harness azure;
  struct Row {
    const char *body, *target;
  };
  for (const Row& row : {Row{"{", ""}, Row{"{}", "fault"}, Row{R"({"fault": "eror"})", "fault"},
                         Row{R"({"fault": "error", "stauts": 500})", "stauts"},
                         Row{R"({"fault": "error", "status": 99})", "status"},
                         Row{R"({"fault": "error", "count": "two"})", "count"},
                         Row{R"({"fault": "delay"})", "seconds"},
                         Row{R"({"fault": "delay", "seconds": -1})", "seconds"},
                         Row{R"({"fault": "error", "path": 1})", "path"}}) {
    CAPTURE(row.body);
    const Response response{azure.send("POST", "/_emulator/faults", row.body)};
    CHECK(response.status == 400);
    CHECK(text_at(response, "/error/target") == row.target);
  }
}

TEST_CASE("reset brings back the beginning, advance moves time, state tells all") {
  Harness azure;
  azure.admin("faults", {{"fault", "error"}, {"count", nullptr}, {"path", "*/nothing"}});
  azure.put("web");
  azure.admin("advance", {{"seconds", 60}});
  const Response state{azure.send("GET", "/_emulator/state")};
  CHECK(text_at(state, "/groups/0/state") == "Running");
  CHECK(text_at(state, "/groups/0/ip") == "127.42.0.1");
  CHECK(text_at(state, "/operations/ContainerGroups_CreateOrUpdate/201") == "1");
  CHECK(azure.admin("advance", {{"seconds", "x"}}).status == 400);
  const Response after{azure.admin("reset", json::object{})};
  CHECK(text_at(after, "/groups") == "[]");
  CHECK(text_at(after, "/faults") == "[]");
}

}  // namespace
}  // namespace spillway::emulator::faults_test
