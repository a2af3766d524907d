// What only the real adapter has to bear: tokens, both ways of long-running operations, and answers
// that are not what the protocol promises.
#include <doctest/doctest.h>

#include <boost/json/object.hpp>
#include <string>

#include "controller/provider/aci/price_client.hpp"
#include "controller/provider/aci/template_rules.hpp"
#include "tests/contract/provider/aci_bench.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::aci_over_emulator_test {
namespace {

using namespace std::chrono_literals;
using emulator::EmulatorOptions;
using emulator::LroHeaders;

TEST_CASE("a revoked token is replaced within the same request") {
  AciBench bench{};
  REQUIRE(bench.create("web-1"));
  bench.revoke_tokens();
  CHECK(bench.get("web-1"));
  bench.revoke_tokens();
  CHECK(bench.create("web-2"));
}

TEST_CASE("a token that has run out is replaced before it is used") {
  AciBench bench{};
  REQUIRE(bench.create("web-1"));
  bench.pass(2h);
  CHECK(bench.get("web-1"));
  CHECK(bench.list());
}

TEST_CASE("a wrong secret puts creates off, and the token endpoint's words are told") {
  AciBench bench{
      [](EmulatorOptions&, aci::AciSettings& settings) { settings.client_secret = "wrong"; }};
  const auto refused = bench.create("web-1");
  REQUIRE(!refused);
  CHECK(refused.error().code == Errc::throttled);
  CHECK(bench.list().error().code == Errc::denied);
  CHECK(refused.error().context.find("AADSTS") != std::string::npos);
  CHECK(refused.error().context.find("wrong") == std::string::npos);
  CHECK(bench.names().empty());
}

TEST_CASE("a resource group that does not exist is a mistake to correct, not an absent group") {
  AciBench bench{
      [](EmulatorOptions&, aci::AciSettings& settings) { settings.resource_group = "not-there"; }};
  CHECK(bench.create("web-1").error().code == Errc::denied);
  CHECK(bench.get("web-1").error().code == Errc::denied);
  CHECK(bench.list().error().code == Errc::denied);
}

TEST_CASE("a version that Azure does not know is a mistake to correct") {
  AciBench bench{
      [](EmulatorOptions&, aci::AciSettings& settings) { settings.api_version = "1999-01-01"; }};
  CHECK(bench.list().error().code == Errc::bad_request);
}

TEST_CASE("operations are followed both ways, or by the group's own state") {
  for (const LroHeaders headers :
       {LroHeaders::both, LroHeaders::azure_async, LroHeaders::location, LroHeaders::neither}) {
    CAPTURE(static_cast<int>(headers));
    AciBench bench{
        [&](EmulatorOptions& options, aci::AciSettings&) { options.lro_headers = headers; }};
    REQUIRE(bench.create("web-1"));
    bench.cloud->add_fault({{"fault", "failed_start"}, {"message", "something else broke"}});
    REQUIRE(bench.create("web-2"));
    bench.pass(2min);
    CHECK(bench.get("web-1")->running == Running::running);
    const auto failed = bench.get("web-2");
    REQUIRE(failed);
    CHECK(failed->provisioning == Provisioning::failed);
    CHECK(failed->reason.find("something else broke") != std::string::npos);
    for (const char* name : {"web-1", "web-2"}) CHECK(bench.remove(name));
    bench.pass(1min);
    CHECK(bench.get("web-1").error().code == Errc::not_found);
    CHECK(bench.names().empty());
  }
}

TEST_CASE("a delete that is done at once is understood") {
  AciBench bench{
      [](EmulatorOptions& options, aci::AciSettings&) { options.synchronous_delete = true; }};
  REQUIRE(bench.create("web-1"));
  bench.pass(2min);
  CHECK(bench.remove("web-1"));
  CHECK(bench.get("web-1").error().code == Errc::not_found);
}

TEST_CASE("a group that lives on after its delete was accepted is seen and deleted again") {
  AciBench bench{[](EmulatorOptions& options, aci::AciSettings&) {
    options.delete_during_create = emulator::DeleteDuringCreate::forget;
  }};
  REQUIRE(bench.create("web-1"));
  CHECK(bench.remove("web-1"));
  bench.pass(2min);
  REQUIRE(bench.get("web-1"));
  CHECK(bench.get("web-1")->running == Running::running);
  CHECK(bench.remove("web-1"));
  bench.pass(1min);
  CHECK(bench.names().empty());
}

TEST_CASE("garbage, truncated and oversize answers are errors, never a state of the world") {
  struct Row {
    const char* fault;
    Errc expected;
  };
  for (const Row& row :
       {Row{"garbage_body", Errc::malformed}, Row{"truncated_body", Errc::unavailable},
        Row{"oversize_body", Errc::too_large}}) {
    CAPTURE(row.fault);
    AciBench bench{};
    REQUIRE(bench.create("web-1"));
    bench.pass(2min);
    const auto arm = [&] {
      // Twice: the client repeats a read whose kept connection broke.
      bench.cloud->add_fault({{"fault", row.fault}, {"method", "GET"}, {"count", 2}});
    };
    arm();
    const auto listed = bench.list();
    REQUIRE(!listed);
    CHECK(listed.error().code == row.expected);
    bench.cloud->clear_faults();
    arm();
    const auto read = bench.get("web-1");
    REQUIRE(!read);
    CHECK(read.error().code == row.expected);
    bench.cloud->clear_faults();
    arm();
    const auto removed = bench.remove("web-1");
    REQUIRE(!removed);
    CHECK(removed.error().code == row.expected);
    bench.cloud->clear_faults();
    CHECK(bench.get("web-1")->running == Running::running);
  }
}

TEST_CASE("an unreadable answer to a create leaves a group that its name finds") {
  for (const char* fault : {"garbage_body", "truncated_body", "oversize_body"}) {
    CAPTURE(fault);
    AciBench bench{};
    bench.cloud->add_fault({{"fault", fault}, {"method", "PUT"}});
    const auto answer = bench.create("web-1");
    if (!answer) CHECK(answer.error().code != Errc::not_found);
    CHECK(bench.get("web-1"));
  }
}

TEST_CASE("a request that never arrived created nothing, and may be repeated") {
  AciBench bench{};
  bench.cloud->add_fault({{"fault", "lost_request"}, {"method", "PUT"}, {"count", 2}});
  CHECK(bench.create("web-1").error().code == Errc::unavailable);
  CHECK(bench.names().empty());
  bench.cloud->clear_faults();
  CHECK(bench.create("web-1"));
}

TEST_CASE("while Azure asks for a pause no create leaves this machine") {
  AciBench bench{};
  bench.throttle_next_create(30s);
  REQUIRE(!bench.create("web-1"));
  const int before{bench.answers("ContainerGroups_CreateOrUpdate")};
  for (int i{0}; i < 5; ++i) CHECK(bench.create("web-1").error().code == Errc::throttled);
  CHECK(bench.answers("ContainerGroups_CreateOrUpdate") == before);
  CHECK(bench.provider().create_tokens(bench.clock.now()) == 0);
  CHECK(bench.list());
}

TEST_CASE("a hundred and one creates: the last is held back here, not refused there") {
  AciBench bench{[](EmulatorOptions& options, aci::AciSettings&) {
    options.limits.groups_per_region = 1000;
    options.limits.cores_per_region = 1000;
  }};
  for (int i{0}; i < 100; ++i) REQUIRE(bench.create("web-" + std::to_string(i)));
  const auto held = bench.create("web-100");
  REQUIRE(!held);
  CHECK(held.error().code == Errc::throttled);
  CHECK(bench.names().size() == 100);
  bench.pass(*held.error().retry_after);
  CHECK(bench.create("web-100"));
  CHECK(bench.list()->size() == 101);
}

TEST_CASE("two regions of one subscription have a create rate each, here and there") {
  AciBench bench{[](EmulatorOptions& options, aci::AciSettings& settings) {
    options.limits.creates_per_5_minutes = 3;
    settings.creates = {.per_5_minutes = 3, .per_hour = 300};
    settings.region.clear();
    settings.places = {{.region = "eastus"}, {.region = "westus"}};
  }};
  const auto create_in = [&](std::string region, std::string name) {
    GroupRequest request{bench.usual_request(std::move(name))};
    request.place.region = std::move(region);
    return bench.create(std::move(request));
  };
  for (const char* region : {"eastus", "westus"}) {
    CAPTURE(region);
    for (int i{0}; i < 3; ++i) CHECK(create_in(region, region + std::to_string(i)));
    const auto held = create_in(region, std::string{region} + "3");
    REQUIRE(!held);
    CHECK(held.error().code == Errc::throttled);
    CHECK(held.error().context.find("the rate that ACI allows") != std::string::npos);
  }
  CHECK(bench.names().size() == 6);
}

TEST_CASE("list prices are read from the emulator's Retail Prices API") {
  AciBench bench{};
  const auto endpoint = io::parse_url(bench.cloud->url());
  REQUIRE(endpoint);
  const auto book =
      bench.run(aci::fetch_all_prices(*bench.connection.http, bench.clock, *endpoint,
                                      {"eastus", "swedencentral"}, bench.in_a_minute()));
  REQUIRE(book);
  const auto east = book->find("eastus", aci::PriceKind::standard);
  REQUIRE(east);
  CHECK(east->rates.vcpu_hour == doctest::Approx(0.0405));
  CHECK(east->rates.memory_gb_hour == doctest::Approx(0.00445));
  CHECK(book->find("swedencentral", aci::PriceKind::standard));
}

TEST_CASE("the smallest shares that the settings allow are accepted") {
  AciBench bench{};
  GroupRequest request{bench.usual_request("web-1")};
  request.size = {.vcpu = 0.02, .memory_gb = 0.2};
  Sidecar sidecar{};
  sidecar.name = "proxy";
  sidecar.parts.image = "proxy:1";
  sidecar.vcpu = 0.01;
  sidecar.memory_gb = 0.1;
  request.replica.sidecars.push_back(sidecar);
  CHECK(aci::template_faults(request.replica, request.size).empty());
  CHECK(bench.create(request));
  request.id.name = "web-2";
  request.replica.sidecars.front().memory_gb = 0.09;
  CHECK_FALSE(aci::template_faults(request.replica, request.size).empty());
  CHECK(bench.create(request).error().code == Errc::bad_request);
}

TEST_CASE("a listing that is behind shows what was, a read by name what is") {
  AciBench bench{};
  REQUIRE(bench.create("web-1"));
  bench.cloud->add_fault({{"fault", "stale_list"}, {"seconds", 30}});
  bench.pass(10s);
  CHECK(bench.list()->empty());
  CHECK(bench.get("web-1"));
}

TEST_CASE("quota and capacity of the region refuse with their own kinds") {
  AciBench bench{[](EmulatorOptions& options, aci::AciSettings&) {
    options.limits.groups_per_region = 1;
    options.limits.capacity_cores = 2.0;
  }};
  REQUIRE(bench.create("web-1"));
  CHECK(bench.create("web-2").error().code == Errc::quota);
  GroupRequest elsewhere{bench.usual_request("web-3")};
  elsewhere.place.region = "westus";
  elsewhere.size.vcpu = 4.0;
  CHECK(bench.create(elsewhere).error().code == Errc::no_capacity);
  elsewhere.size.vcpu = 2.0;
  CHECK(bench.create(elsewhere));
  REQUIRE(bench.list()->size() == 2);
}

TEST_CASE("a Spot worker runs without an address, and an eviction is not a mended node") {
  AciBench bench{[](EmulatorOptions&, aci::AciSettings& settings) {
    settings.places = {{.region = "westeurope", .priority = Priority::spot}};
  }};
  GroupRequest request{bench.usual_request("worker-1")};
  request.place.region = "westeurope";
  request.place.priority = Priority::spot;
  REQUIRE(bench.create(request));
  bench.pass(2min);
  const auto running = bench.get("worker-1");
  REQUIRE(running);
  CHECK(running->place.priority == Priority::spot);
  CHECK(running->running == Running::running);
  CHECK_FALSE(running->has_address);
  CHECK_FALSE(running->was_evicted);
  const auto pulled_at = running->billed_since;
  REQUIRE(pulled_at);

  bench.interrupt("worker-1", "maintenance");
  const auto mended = bench.get("worker-1");
  REQUIRE(mended);
  CHECK(mended->provisioning == Provisioning::repairing);
  CHECK_FALSE(mended->was_evicted);
  bench.pass(2min);
  CHECK(bench.get("worker-1")->running == Running::running);

  bench.interrupt("worker-1", "eviction");
  const auto evicted = bench.get("worker-1");
  REQUIRE(evicted);
  CHECK(evicted->provisioning == Provisioning::pending);
  CHECK(evicted->was_evicted);
  CHECK(bench.list()->at(0).provisioning == Provisioning::pending);
  bench.pass(2min);
  CHECK(bench.get("worker-1")->running == Running::running);
  CHECK(bench.get("worker-1")->was_evicted);
}

TEST_CASE("containers that have ended tell when, and that is when the charge ends") {
  AciBench bench{[](EmulatorOptions& options, aci::AciSettings&) {
    emulator::ImageRule job{};
    job.pull = 5s;
    job.run = 40s;
    options.images["registry.example/web:1"] = job;
  }};
  GroupRequest request{bench.usual_request("job-1")};
  request.replica.restart = RestartPolicy::never;
  REQUIRE(bench.create(request));
  bench.pass(10min);
  const auto ended = bench.get("job-1");
  REQUIRE(ended);
  CHECK(ended->running == Running::ended);
  REQUIRE(ended->ended_at.has_value());
  REQUIRE(ended->billed_since.has_value());
  // The pull and the 40 s of the run, of the ten minutes.
  CHECK(*ended->ended_at - *ended->billed_since < 90s);
  CHECK(*ended->ended_at - *ended->billed_since >= 45s);
}

}  // namespace
}  // namespace spillway::testing::aci_over_emulator_test
