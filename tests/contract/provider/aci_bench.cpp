#include "tests/contract/provider/aci_bench.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "controller/io/http_client.hpp"
#include "controller/provider/aci/group_body.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {

namespace json = boost::json;

namespace {

constexpr std::string_view no_room{
    "The requested resource is not available in the location 'eastus' at this moment."};

/// A Result's value; a failure ends the test case with its words.
template <class T>
T made(Result<T> result) {
  REQUIRE(result);
  return std::move(*result);
}

}  // namespace

std::unique_ptr<emulator::Emulator> AciBench::start(boost::asio::io_context& context,
                                                    const Change& change,
                                                    aci::AciSettings& settings) {
  emulator::EmulatorOptions options{};
  options.manual_time = true;
  options.page_size = 3;
  options.start.sigma = 0.0;  // every start takes its median, 25 s, and the pull
  const emulator::Client client{emulator::default_client(options)};
  settings.subscription = options.subscriptions.front();
  settings.resource_group = options.resource_groups.front();
  settings.region = "eastus";
  settings.tenant = client.tenant;
  settings.client_id = client.id;
  settings.client_secret = client.secret;
  if (change) change(options, settings);
  auto cloud = std::make_unique<emulator::Emulator>(context, std::move(options));
  settings.endpoint = settings.authority = cloud->url();
  return cloud;
}

AciBench::AciBench(const Change& change)
    : ProviderBench{true},
      cloud{start(context, change, settings_)},
      connection{made(aci::connect(context, clock, random_, settings_, "test"))} {}

void AciBench::pass(Duration time) {
  clock.advance_by(time);
  cloud->advance(time);
}

std::vector<std::string> AciBench::names() {
  std::vector<std::string> found{};
  const json::object state{cloud->state()};
  for (const json::value& group : state.at("groups").as_array()) {
    found.emplace_back(group.at("name").as_string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void AciBench::add_foreign(std::string name, std::string owner) {
  GroupRequest request{usual_request(name)};
  json::object body = json::parse(aci::group_body(request)).as_object();
  body["tags"] = json::object{{"team", "data"}};
  if (!owner.empty()) body["tags"].as_object()[aci::owner_tag] = owner;
  aci::ArmRequest put{};
  put.method = "PUT";
  put.path = "/subscriptions/" + settings_.subscription + "/resourceGroups/" +
             settings_.resource_group + "/providers/Microsoft.ContainerInstance/containerGroups/" +
             name;
  put.body = json::serialize(body);
  REQUIRE(run(connection.arm->send(std::move(put), in_a_minute())));
  pass(std::chrono::minutes{2});
}

void AciBench::refuse_next_create(Errc kind) {
  json::object fault{{"method", "PUT"}};
  const auto answer = [&](int status, std::string_view code, std::string_view message) {
    fault["fault"] = "error";
    fault["status"] = status;
    fault["code"] = code;
    fault["message"] = message;
  };
  if (kind == Errc::no_capacity) fault = {{"fault", "capacity_refused"}};
  if (kind == Errc::quota) fault = {{"fault", "quota_exhausted"}};
  if (kind == Errc::registry) answer(409, "RegistryErrorResponse", "the registry said no");
  if (kind == Errc::transitioning) answer(409, "ContainerGroupTransitioning", "retry later");
  if (kind == Errc::bad_request) answer(400, "ResourceLimitsLessThanRequests", "no");
  if (kind == Errc::denied) answer(403, "AuthorizationFailed", "no role");
  if (kind == Errc::unavailable) answer(503, "ServiceUnavailable", "down for a moment");
  if (kind == Errc::timeout) answer(504, "GatewayTimeout", "the provider did not answer");
  cloud->add_fault(fault);
}

void AciBench::throttle_next_create(std::optional<Duration> retry_after) {
  json::object fault{{"fault", "throttle"}, {"method", "PUT"}};
  if (retry_after) {
    fault["retryAfter"] = std::chrono::ceil<std::chrono::seconds>(*retry_after).count();
  }
  cloud->add_fault(fault);
}

void AciBench::lose_next_create_answer() {
  cloud->add_fault({{"fault", "lost_answer"}, {"method", "PUT"}});
}

void AciBench::fail_next_start() {
  cloud->add_fault({{"fault", "failed_start"}, {"message", no_room}});
}

void AciBench::move(const std::string& name) {
  REQUIRE(cloud->evict(name));
  pass(std::chrono::minutes{2});
}

void AciBench::fail_next_list() {
  cloud->add_fault({{"fault", "error"}, {"method", "GET"}, {"status", 500}});
}

void AciBench::tell_cloud(const std::string& path, std::string body) {
  io::HttpRequest request{};
  request.method = "POST";
  request.url = io::join(made(io::parse_url(cloud->url())), path);
  request.body = std::move(body);
  const auto answer = run(connection.http->send(std::move(request), in_a_minute()));
  REQUIRE(answer);
  REQUIRE(answer->status == 204);
}

void AciBench::revoke_tokens() {
  tell_cloud("/_emulator/revoke-tokens", "");
}

void AciBench::interrupt(const std::string& name, const std::string& cause) {
  tell_cloud("/_emulator/groups/" + name + "/evict",
             json::serialize(json::object{{"cause", cause}}));
}

int AciBench::answers(std::string_view operation) {
  const json::object state{cloud->state()};
  const json::value* const counts{state.at("operations").as_object().if_contains(operation)};
  if (counts == nullptr) return 0;
  int total{0};
  for (const auto& [status, count] : counts->as_object()) total += count.to_number<int>();
  return total;
}

}  // namespace spillway::testing
