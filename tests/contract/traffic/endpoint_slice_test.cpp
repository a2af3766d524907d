// What is special about EndpointSlices: names, versions, owners, conflicts, and how few requests.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"

namespace spillway::endpoint_slice_test {

using namespace spillway::testing;

namespace {

using World = EndpointSliceWorld;
constexpr std::string_view slices{"endpointslices.discovery.k8s.io"};

Result<void> admit(World& world, const Backend& backend) {
  return world.time().run(world.traffic().admit(backend, world.time().soon()));
}
Result<void> drain(World& world, const Backend& backend) {
  return world.time().run(world.traffic().drain(backend, world.time().soon()));
}
Result<void> evict(World& world, const Backend& backend) {
  return world.time().run(world.traffic().evict(backend, world.time().soon()));
}

std::string written(World& world, const std::string& name = "web-spillway-web-80") {
  const auto* const found = world.stub().find(std::string{slices}, "default/" + name);
  return found == nullptr ? std::string{} : boost::json::serialize(*found);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a slice carries our labels, the Service as owner, its port's name, and conditions") {
  World world{};
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  std::string slice{written(world)};
  CHECK(has(slice, R"("apiVersion":"discovery.k8s.io/v1beta1")"));
  CHECK(has(slice, R"("endpointslice.kubernetes.io/managed-by":"spillway")"));
  CHECK(has(slice, R"("kubernetes.io/service-name":"web")"));
  CHECK(has(slice, R"("kind":"Service","name":"web","uid":"uid-)"));
  CHECK(has(slice, R"("ports":[{"name":"http","port":80,"protocol":"TCP"}])"));
  CHECK(has(slice, R"("conditions":{"ready":true})"));
  CHECK(drain(world, backend));
  slice = written(world);
  CHECK(has(slice, R"("conditions":{"ready":false,"serving":true,"terminating":true})"));
  CHECK(evict(world, backend));
  CHECK(world.stub().count(std::string{slices}) == 0);
}

TEST_CASE("the newer version of the API is used where the server has it") {
  World world{};
  world.stub().versions["discovery.k8s.io"] = {"v1", "v1beta1"};
  CHECK(admit(world, world.backend("web-1")));
  CHECK(has(written(world), R"("apiVersion":"discovery.k8s.io/v1")"));
}

TEST_CASE("IPv6 addresses and other ports live in slices of their own") {
  World world{};
  Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  backend.ip = "fd00::7";
  CHECK(admit(world, backend));
  CHECK(written(world).empty());
  CHECK(has(written(world, "web-spillway-web-80-v6"), R"("addressType":"IPv6")"));
  backend.port = 8080;
  CHECK(admit(world, backend));
  CHECK(written(world, "web-spillway-web-80-v6").empty());
  CHECK(has(written(world, "web-spillway-web-8080-v6"), "fd00::7"));
}

TEST_CASE("slices of others are neither listed nor touched") {
  World world{};
  const std::string others{
      R"({"metadata":{"namespace":"default","name":"web-abc","labels":{"kubernetes.io/service-name":
      "web","endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io"}},
      "endpoints":[{"addresses":["10.9.9.9"]}]})"};
  world.stub().put(std::string{slices}, others);
  const std::string before{written(world, "web-abc")};
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  const auto listed = world.time().run(world.traffic().list("web", world.time().soon()));
  REQUIRE(listed);
  CHECK(listed->size() == 1);
  CHECK(evict(world, backend));
  CHECK(written(world, "web-abc") == before);
}

TEST_CASE("a slice that somebody else changed meanwhile is read again, not overwritten") {
  World world{};
  const Backend first{world.backend("web-1")};
  const Backend second{world.backend("web-2")};
  CHECK(admit(world, first));
  // The list is answered from before the change, as a slow cache would.
  const auto* const found = world.stub().find(std::string{slices}, "default/web-spillway-web-80");
  boost::json::object changed{*found};
  changed["metadata"].as_object()["annotations"] = boost::json::object{{"note", "x"}};
  endpoint_slice::Settings settings{};
  settings.share_listing = std::chrono::minutes{1};
  kubernetes::Access access{};
  access.cluster.server = world.stub().url();
  auto server =
      kubernetes::make_api_server(world.time().context, world.time().clock, std::move(access));
  REQUIRE(server);
  endpoint_slice::EndpointSliceTraffic slow{"slow", settings, std::move(*server),
                                            world.time().clock};
  CHECK(world.time().run(slow.list("web", world.time().soon())));
  world.stub().put(std::string{slices}, std::move(changed));
  CHECK(world.time().run(slow.admit(second, world.time().soon())));
  CHECK(has(written(world), "web-1"));
  CHECK(has(written(world), "web-2"));
  CHECK(world.stub().requests_with("PUT") == 2);  // one refused
}

TEST_CASE("a missing Service or port is named") {
  World world{};
  Backend backend{world.backend("x-1", "nothing")};
  const auto missing = admit(world, backend);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::bad_request);
  CHECK(has(missing.error().context, "no Service nothing in the namespace default"));
}

TEST_CASE("a server that cannot be read is an error, never an empty list") {
  World world{};
  CHECK(admit(world, world.backend("web-1")));
  for (const auto& [status, code] :
       {std::pair{500, Errc::unavailable}, std::pair{429, Errc::throttled},
        std::pair{401, Errc::denied}}) {
    world.stub().weather.push_back({status, "{}", ""});
    const auto listed = world.time().run(world.traffic().list("web", world.time().soon()));
    REQUIRE_FALSE(listed);
    CHECK(listed.error().code == code);
  }
  world.stub().weather.push_back({200, "<html>", ""});
  CHECK(world.time().run(world.traffic().list("web", world.time().soon())).error().code ==
        Errc::malformed);
}

TEST_CASE("one listing a tick serves 500 workloads") {
  World world{};
  kubernetes::Access access{};
  access.cluster.server = world.stub().url();
  auto server =
      kubernetes::make_api_server(world.time().context, world.time().clock, std::move(access));
  REQUIRE(server);
  endpoint_slice::Settings settings{};
  settings.share_listing = std::chrono::minutes{1};
  endpoint_slice::EndpointSliceTraffic traffic{"service", settings, std::move(*server),
                                               world.time().clock};
  for (int i{0}; i < 500; ++i) {
    CHECK(world.time().run(traffic.list("w" + std::to_string(i), world.time().soon())));
  }
  CHECK(traffic.requests() == 2);  // the discovery and one listing
}

}  // namespace spillway::endpoint_slice_test
