#include "controller/provider/aci/group_answer.hpp"

#include <doctest/doctest.h>

#include <string>

#include "controller/provider/aci/operation.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::group_answer_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h};

/// As GET answers; the marked places are replaced by the tests.
const std::string running_group{R"({
  "name": "spillway-web-1",
  "type": "Microsoft.ContainerInstance/containerGroups",
  "id": "/subscriptions/SUB-1/resourceGroups/demo/providers/x/containerGroups/spillway-web-1",
  "location": "West US",
  "zones": ["2"],
  "tags": {"Spillway-Owner": "prod", "spillway-workload": "web",
           "spillway-template": "0123456789abcdef", "spillway-cluster": "c-1",
           "spillway-intent-at": "2026-11-23T12:00:00.250Z", "spillway-replicas": "2"},
  "properties": {
    "provisioningState": "Succeeded",
    "somethingNew": {"deep": [1, 2, 3]},
    "containers": [{"name": "replica", "properties": {
      "image": "nginx",
      "resources": {"requests": {"cpu": 1.5, "memoryInGB": 3}},
      "instanceView": {
        "restartCount": 3,
        "currentState": {"state": "Running", "startTime": "2026-11-23T12:00:30Z"},
        "events": [
          {"name": "Pulling", "type": "Normal", "count": 2,
           "firstTimestamp": "2026-11-23T12:00:10Z", "lastTimestamp": "2026-11-23T12:05:00Z"},
          {"name": "Pulled", "type": "Normal", "firstTimestamp": "2026-11-23T12:00:20Z"}]}}}],
    "ipAddress": {"type": "Public", "ip": "20.1.2.3", "ports": [{"port": 80}]},
    "instanceView": {"state": "Running", "events": []}}})"};

std::string with(std::string text, std::string_view old_text, std::string_view new_text) {
  const std::size_t at{text.find(old_text)};
  REQUIRE(at != std::string::npos);
  return text.replace(at, old_text.size(), new_text);
}

TEST_CASE("a running group is read whole, whatever the case of names and tags") {
  const auto group = parse_group(running_group);
  REQUIRE(group);
  CHECK(group->id.name == "spillway-web-1");
  CHECK(group->place == Place{.subscription = "SUB-1", .region = "westus", .zone = "2"});
  CHECK(group->size == GroupSize{.vcpu = 1.5, .memory_gb = 3.0, .replicas = Replicas{2}});
  CHECK(group->tags == OwnerTags{.owner = "prod",
                                 .workload = "web",
                                 .template_hash = "0123456789abcdef",
                                 .created_at = noon + 250ms,
                                 .cluster = "c-1"});
  CHECK(group->provisioning == Provisioning::succeeded);
  CHECK(group->running == Running::running);
  CHECK(group->ip == "20.1.2.3");
  CHECK(group->billed_since == noon + 10s);
  CHECK(group->restarts == 3);
  CHECK(group->reason.empty());
}

TEST_CASE("an eviction is read from the words of an event, wherever it stands") {
  CHECK_FALSE(parse_group(running_group)->was_evicted);
  for (const char* event :
       {R"({"name": "Evicted", "type": "Warning", "message": ""})",
        R"({"name": "Killing", "type": "Normal", "message": "The group was preempted."})"}) {
    CAPTURE(event);
    const auto on_group = parse_group(
        with(running_group, "\"events\": []", "\"events\": [" + std::string{event} + "]"));
    CHECK(on_group->was_evicted);
    CHECK(on_group->running == Running::running);
    const auto on_container = parse_group(
        with(running_group, "\"events\": [", "\"events\": [" + std::string{event} + ","));
    CHECK(on_container->was_evicted);
  }
}

TEST_CASE("a group without an address is told from one that has none yet") {
  CHECK(parse_group(running_group)->has_address);
  const auto waiting = parse_group(with(running_group, R"("ip": "20.1.2.3", )", ""));
  CHECK(waiting->has_address);
  CHECK(waiting->ip.empty());
  const auto worker = parse_group(
      with(running_group,
           R"("ipAddress": {"type": "Public", "ip": "20.1.2.3", "ports": [{"port": 80}]},)", ""));
  CHECK_FALSE(worker->has_address);
}

TEST_CASE("the charge begins with the first step of a container, and ends with the last end") {
  // A cached image is not pulled.
  const auto cached =
      parse_group(with(running_group, R"("name": "Pulling")", R"("name": "Scheduled")"));
  CHECK(cached->billed_since == noon + 20s);
  CHECK_FALSE(cached->ended_at.has_value());
  const std::string ended{
      with(with(running_group, R"("state": "Running", "startTime": "2026-11-23T12:00:30Z")",
                R"("state": "Terminated", "exitCode": 0, "finishTime": "2026-11-23T12:09:00Z")"),
           R"("instanceView": {"state": "Running")", R"("instanceView": {"state": "Succeeded")")};
  const auto over = parse_group(ended);
  REQUIRE(over);
  CHECK(over->running == Running::ended);
  CHECK(over->ended_at == noon + 9min);
  const auto untold = parse_group(with(ended, R"(, "finishTime": "2026-11-23T12:09:00Z")", ""));
  CHECK_FALSE(untold->ended_at.has_value());
}

TEST_CASE("states that Azure has, and what they mean to us") {
  struct Row {
    const char* provisioning;
    Provisioning expected;
  };
  for (const Row& row :
       {Row{"Succeeded", Provisioning::succeeded}, Row{"Pending", Provisioning::pending},
        Row{"Creating", Provisioning::pending}, Row{"Repairing", Provisioning::repairing},
        Row{"Unhealthy", Provisioning::repairing}, Row{"Failed", Provisioning::failed},
        Row{"Canceled", Provisioning::failed}, Row{"Deleting", Provisioning::deleting},
        Row{"SomethingNew", Provisioning::pending}}) {
    CAPTURE(row.provisioning);
    const auto group = parse_group(
        with(running_group, "\"Succeeded\"", "\"" + std::string{row.provisioning} + "\""));
    CHECK(group->provisioning == row.expected);
  }
  CHECK(parse_group(R"({"name":"x","properties":{}})")->provisioning == Provisioning::succeeded);
}

TEST_CASE("succeeded is not running: the group and all its containers must run") {
  CHECK(parse_group(with(running_group, R"({"state": "Running", "startTime")",
                         R"({"state": "Waiting", "startTime")"))
            ->running == Running::waiting);
  CHECK(parse_group(with(running_group, R"({"state": "Running", "events")",
                         R"({"state": "Pending", "events")"))
            ->running == Running::waiting);
  for (const char* state : {"Stopped", "Succeeded", "Failed"}) {
    const auto group = parse_group(with(running_group, R"({"state": "Running", "events")",
                                        R"({"state": ")" + std::string{state} + R"(", "events")"));
    CHECK(group->running == Running::ended);
  }
}

TEST_CASE("a listing has no containers' state, so running is unknown there") {
  const auto page = parse_group_page(
      R"({"value":[{"name":"A","location":"eastus","properties":{"provisioningState":"Succeeded",
          "containers":[{"name":"c","properties":{}}]}}],"nextLink":null})");
  REQUIRE(page);
  REQUIRE(page->groups.size() == 1);
  CHECK(page->groups[0].id.name == "a");
  CHECK(page->groups[0].running == Running::unknown);
  CHECK(page->groups[0].tags.owner.empty());
  CHECK(page->next_link.empty());
}

TEST_CASE("an empty page with a link is legal, a page without a list is not") {
  const auto page = parse_group_page(R"({"value":[],"nextLink":"https://x/next"})");
  REQUIRE(page);
  CHECK(page->next_link == "https://x/next");
  for (const char* body : {"{}", R"({"value":null})", R"({"value":{}})",
                           R"({"value":[],"nextLink":7})", "[]", "", "null"}) {
    CAPTURE(body);
    const auto refused = parse_group_page(body);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::malformed);
  }
}

TEST_CASE("one odd group of somebody else does not hide the others") {
  const auto page = parse_group_page(R"({"value":[
      {"name":"ours","tags":{"spillway-owner":"prod"}},
      {"name":7},
      "no group",
      {"name":"odd","tags":{"team":"x"},"zones":[1],"properties":{"containers":"none"}},
      {"name":"damaged","tags":{"Spillway-Owner":"prod"},"properties":[]}]})");
  REQUIRE(page);
  REQUIRE(page->groups.size() == 1);
  CHECK(page->groups.at(0).id.name == "ours");
  REQUIRE(page->unreadable.size() == 4);
  CHECK(page->unreadable.at(0).owner.empty());
  CHECK(page->unreadable.at(3).owner == "prod");
  CHECK(page->unreadable.at(3).error.code == Errc::malformed);
}

TEST_CASE("an image whose name has the word evict in it is not an eviction") {
  const auto group = parse_group(R"({"name":"web-1","properties":{"provisioningState":"Succeeded",
      "instanceView":{"events":[{"name":"Pulling","type":"Normal",
      "message":"pulling image \"acr.io/evictor:1\"","firstTimestamp":"2026-11-01T00:00:00Z"}]}}})");
  REQUIRE(group);
  CHECK_FALSE(group->was_evicted);
}

TEST_CASE("a failed start tells its reason and kind from the events") {
  const auto group = parse_group(R"({"name":"x","properties":{"provisioningState":"Failed",
    "instanceView":{"state":"Pending","events":[{"name":"InsufficientCapacity.","type":"Warning",
      "message":"no room now"}]}}})");
  REQUIRE(group);
  CHECK(group->reason == "InsufficientCapacity.: no room now");
  CHECK(group->failed_with == Errc::no_capacity);
}

TEST_CASE("a container that ended tells its exit code") {
  const auto group = parse_group(R"({"name":"x","properties":{"provisioningState":"Succeeded",
    "containers":[{"name":"c","properties":{"instanceView":{"currentState":
      {"state":"Terminated","exitCode":137,"detailStatus":"OOMKilled"}}}}],
    "instanceView":{"state":"Failed"}}})");
  REQUIRE(group);
  CHECK(group->running == Running::ended);
  CHECK(group->reason == "container ended with exit code 137: OOMKilled");
  CHECK(!group->failed_with);
}

TEST_CASE("which container of several ended with which exit code is not lost in one text") {
  const auto group = parse_group(R"({"name":"x","properties":{"provisioningState":"Succeeded",
    "containers":[
      {"name":"replica","properties":{"instanceView":{"restartCount":2,
        "previousState":{"state":"Terminated","exitCode":3},
        "currentState":{"state":"Running","startTime":"2026-11-23T12:00:30Z"}}}},
      {"name":"job","properties":{"instanceView":{"restartCount":0,
        "currentState":{"state":"Terminated","exitCode":0,"detailStatus":"Completed",
          "startTime":"2026-11-23T12:00:00Z","finishTime":"2026-11-23T12:01:00Z"}}}},
      {"name":"late","properties":{"instanceView":{"restartCount":1e300,
        "currentState":{"state":"Waiting","detailStatus":"CrashLoopBackOff"}}}},
      {"name":"untold","properties":{}}],
    "instanceView":{"state":"Running"}}})");
  REQUIRE(group);
  REQUIRE(group->containers.size() == 3);
  CHECK(group->containers[0] == ProviderContainer{.name = "replica",
                                                  .state = Running::running,
                                                  .exit_code = 3,
                                                  .restarts = 2,
                                                  .started_at = noon + 30s});
  CHECK(group->containers[1] == ProviderContainer{.name = "job",
                                                  .state = Running::ended,
                                                  .exit_code = 0,
                                                  .started_at = noon,
                                                  .ended_at = noon + 1min,
                                                  .detail = "Completed"});
  CHECK(group->containers[2].state == Running::waiting);
  CHECK_FALSE(group->containers[2].exit_code);
  CHECK(group->containers[2].detail == "CrashLoopBackOff");
  CHECK(group->restarts == 2147483647);
}

TEST_CASE("damaged tags of ours do not hide the group, so that it can be reaped") {
  const auto group = parse_group(R"({"name":"x","tags":{"spillway-owner":"prod",
      "spillway-intent-at":"yesterday","spillway-replicas":"-3","other":null}})");
  REQUIRE(group);
  CHECK(group->tags.owner == "prod");
  CHECK(group->tags.created_at == TimePoint{});
  CHECK(group->size.replicas == Replicas{1});
}

TEST_CASE("wrong types are errors that name the field") {
  struct Row {
    const char* body;
    const char* field;
  };
  for (const Row& row :
       {Row{R"({"name":7})", "'name'"}, Row{R"({"name":""})", "'name'"},
        Row{R"({"name":"x","tags":[]})", "'tags'"}, Row{R"({"name":"x","zones":[1]})", "'zones'"},
        Row{R"({"name":"x","properties":"p"})", "'properties'"},
        Row{R"({"name":"x","properties":{"ipAddress":"1.2.3.4"}})", "'ipAddress'"},
        Row{R"({"name":"x","properties":{"containers":[[]]}})", "'containers'"}}) {
    CAPTURE(row.body);
    const auto refused = parse_group(row.body);
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::malformed);
    CHECK(refused.error().context.find(row.field) != std::string::npos);
  }
}

TEST_CASE("every truncation of a group is malformed, and nesting has a limit") {
  for (std::size_t size{0}; size < running_group.size(); ++size) {
    const auto refused = parse_group(running_group.substr(0, size));
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::malformed);
  }
  CHECK(!parse_group(std::string(100'000, '[')));
  CHECK(!parse_group(R"({"name":)" + std::string(1000, '{')));
}

TEST_CASE("usages are rows with counts, clamped to what an int holds") {
  const auto rows = parse_usages(R"({"value":[{"name":{"value":"ContainerGroups"},"unit":"Count",
      "currentValue":1,"limit":2000},{"name":{"value":"StandardCores"},"currentValue":-1,
      "limit":1e300}]})");
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK(rows->at(0).name == "ContainerGroups");
  CHECK(rows->at(0).used == 1);
  CHECK(rows->at(0).limit == 2000);
  CHECK(rows->at(1).used == 0);
  CHECK(rows->at(1).limit == 2147483647);
  for (const char* body : {"", "{}", R"({"value":[{}]})", R"({"value":[{"name":{"value":"x"}}]})",
                           R"({"value":[{"name":"x","currentValue":1,"limit":2}]})"}) {
    CAPTURE(body);
    CHECK(!parse_usages(body));
  }
}

TEST_CASE("logs are the content, which may be missing but not of another type") {
  CHECK(parse_logs(R"({"content":"a\nb\n"})").value() == "a\nb\n");
  CHECK(parse_logs(R"({"content":null})").value().empty());
  CHECK(!parse_logs(R"({"content":5})"));
  CHECK(!parse_logs("log text"));
}

TEST_CASE("an operation's end is read both ways") {
  const auto report = [](int status, std::string body) {
    return parse_operation(io::HttpResponse{status, {}, std::move(body)});
  };
  CHECK(report(202, "")->state == OperationState::running);
  CHECK(report(204, "")->state == OperationState::succeeded);
  CHECK(report(200, R"({"name":"web","properties":{}})")->state == OperationState::succeeded);
  CHECK(report(200, R"({"status":"InProgress"})")->state == OperationState::running);
  CHECK(report(200, R"({"status":"Succeeded"})")->state == OperationState::succeeded);
  const auto failed = report(200, R"({"status":"Failed","error":{"code":"C","message":"m"}})");
  CHECK(failed->state == OperationState::failed);
  CHECK(failed->code == "C");
  CHECK(failed->message == "m");
  CHECK(!report(200, R"({"status":7})"));
  CHECK(!report(200, "oops"));
}

TEST_CASE("Azure-AsyncOperation goes before Location") {
  CHECK(operation_link(io::Headers{{"Location", "l"}, {"azure-asyncoperation", "a"}}) == "a");
  CHECK(operation_link(io::Headers{{"location", "l"}}) == "l");
  CHECK(operation_link(io::Headers{}).empty());
}

}  // namespace
}  // namespace spillway::aci::group_answer_test
