// What a start makes of the resource groups that the state has been used with.
#include "controller/wiring/former_places.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "tests/support/caught_log.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing::former_places_test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

settings::Config config_with(std::string resource_group) {
  settings::Config config{};
  config.owner = "prod";
  config.has_provider = true;
  aci::AciSettings aci{};
  aci.subscription = "sub";
  aci.resource_group = std::move(resource_group);
  aci.region = "eastus";
  aci.endpoint = aci.authority = "http://127.0.0.1:1";  // nothing is sent
  aci.tenant = aci.client_id = aci.client_secret = "x";
  config.provider.settings = std::move(aci);
  return config;
}

/// A state folder, and starts on it.
struct Site {
  struct Run {
    explicit Run(std::chrono::system_clock::time_point& time, const settings::Config& config)
        : outside{[&time] { return time; }} {
      auto made{wiring::make_provider(outside, config)};
      REQUIRE(made);
      provider = std::move(*made);
    }
    Names former() const {
      Names names{};
      for (const aci::Scope& each : wiring::former_scopes(*provider)->all()) {
        names.push_back(each.resource_group);
      }
      return names;
    }

    wiring::Outside outside;
    wiring::ProviderHandle provider{};
  };

  std::unique_ptr<Run> start(const std::string& resource_group) {
    const auto config{config_with(resource_group)};
    auto run{std::make_unique<Run>(time, config)};
    const TimePoint now{run->outside.clock.now()};
    REQUIRE(wiring::follow_places(*run->provider, config, store, now));
    return run;
  }
  /// All three that look have found nothing in it, for long enough.
  void find_empty(Run& run, const std::string& resource_group) {
    for (int round{0}; round < 2; ++round) {
      for (const int witness : {0, 1, 2}) {
        wiring::former_scopes(*run.provider)->found({"sub", resource_group}, witness, true);
      }
      time += 10min;
    }
  }

  std::chrono::system_clock::time_point time{
      std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  std::shared_ptr<MemoryDisk> disk{std::make_shared<MemoryDisk>()};
  MemoryStore store{disk};
  CaughtLog log{};
};

TEST_CASE("a resource group that left the config is looked into, also by the runs after the next") {
  Site site{};
  CHECK(site.start("first")->former().empty());
  CHECK(site.log.count("FormerResourceGroup") == 0);
  CHECK(site.start("second")->former() == Names{"first"});
  CHECK(site.log.count("FormerResourceGroup") == 1);
  CHECK(site.log.text().find(R"("resource_group":"first")") != std::string::npos);
  CHECK(site.start("third")->former() == Names{"second", "first"});
  CHECK(site.log.count("FormerResourceGroup") == 3);
  CHECK(site.start("First")->former() == Names{"third", "second"});  // back again
}

TEST_CASE("a former resource group that is empty is not looked into by the next run") {
  Site site{};
  site.start("first");
  const auto second{site.start("second")};
  site.find_empty(*second, "first");
  CHECK(second->former().empty());
  CHECK(site.log.count("FormerResourceGroupForgotten") == 1);
  CHECK(site.start("second")->former().empty());
  CHECK(site.start("third")->former() == Names{"second"});
}

TEST_CASE("a former resource group without rights is told once, with what to do") {
  Site site{};
  site.start("first");
  const auto second{site.start("second")};
  for (const int witness : {0, 1, 2}) {
    wiring::former_scopes(*second->provider)
        ->failed({"sub", "first"}, witness, {Errc::denied, "AuthorizationFailed"});
    site.time += 2h;
  }
  CHECK(site.log.count("FormerResourceGroupDenied") == 1);
  CHECK(site.log.text().find("give this identity its role there back") != std::string::npos);
  CHECK(second->former() == Names{"first"});
}

TEST_CASE("doctor did not look into former resource groups") {
  Site site{};
  site.start("first");
  const auto config{config_with("second")};
  Site::Run doctor{site.time, config};
  std::vector<Finding> findings{};
  boost::asio::co_spawn(
      doctor.outside.context,
      wiring::examine_former_places(*doctor.provider, config, site.store,
                                    io::deadline_after(doctor.outside.clock, 100ms)),
      [&](const std::exception_ptr& failure, std::vector<Finding> found) {
        if (failure) std::rethrow_exception(failure);
        findings = std::move(found);
        doctor.outside.context.stop();
      });
  doctor.outside.context.run();
  REQUIRE(findings.size() == 1);
  CHECK(findings.at(0).subject == "first of sub");
  CHECK(findings.at(0).health == Health::failure);  // nobody answers there
  CHECK(findings.at(0).message.find("cannot be seen") != std::string::npos);
}

TEST_CASE("a command beside the controller looks into the same, and writes nothing") {
  Site site{};
  site.start("first");
  const int writes{site.disk->writes};
  const auto config{config_with("second")};
  Site::Run sweep{site.time, config};
  REQUIRE(wiring::look_in_former_places(*sweep.provider, config, site.store));
  CHECK(sweep.former() == Names{"first"});
  CHECK(site.disk->writes == writes);
}

TEST_CASE("a memory of places that is damaged costs no start") {
  Site site{};
  for (const std::string& text :
       {std::string{"sub"}, std::string{"\t\n\t\n"}, std::string(300'000, '\t'),
        std::string{"sub\t../x\nsub\tfirst"}}) {
    REQUIRE(site.store.write({.kept = {{"places", text, TimePoint{}}}}));
    const auto run{site.start("second")};
    CHECK(run->former() == (text.ends_with("first") ? Names{"first"} : Names{}));
  }
}

TEST_CASE("where the places in use cannot be kept nothing is started in them") {
  Site site{};
  const auto config{config_with("first")};
  Site::Run run{site.time, config};
  site.store.fail_with(Error{Errc::unavailable, "disk full"});
  CHECK_FALSE(wiring::follow_places(*run.provider, config, site.store, TimePoint{}));
}

}  // namespace
}  // namespace spillway::testing::former_places_test
