// The adapter for container groups over scripted answers: two creates and one delete in 5 minutes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/provider/aci/aci_provider.hpp"
#include "tests/provider/arm_rig.hpp"

namespace spillway::aci::rig {

struct ProviderRig : ArmRig {
  static AciSettings settings() {
    AciSettings settings{ArmRig::settings()};
    settings.creates = WindowLimits{.per_5_minutes = 2, .per_hour = 10};
    settings.deletes = WindowLimits{.per_5_minutes = 1, .per_hour = 10};
    return settings;
  }
  Result<void> create(std::string name) {
    GroupRequest request{};
    request.id.name = std::move(name);
    request.place.region = "eastus";
    request.replica.image = "nginx";
    request.tags.owner = "prod";
    return clock.run(provider.create(std::move(request), in_a_minute()));
  }
  Result<ProviderGroup> get(std::string name) {
    return clock.run(provider.get({std::move(name)}, in_a_minute()));
  }
  Result<void> remove(std::string name) {
    return clock.run(provider.remove({std::move(name)}, in_a_minute()));
  }
  Result<std::vector<ProviderGroup>> list() {
    Result<Listing> listed{clock.run(provider.list(in_a_minute()))};
    if (!listed) return std::move(listed).error();
    return std::move(listed->groups);
  }

  static std::string group(std::string_view name, std::string_view state,
                           std::string_view owner = "prod") {
    return R"({"name":")" + std::string{name} + R"(","tags":{"spillway-owner":")" +
           std::string{owner} + R"("},"properties":{"provisioningState":")" + std::string{state} +
           R"("}})";
  }
  /// `GET /path` of the request number `index`.
  std::string asked(std::size_t index) const {
    const io::HttpRequest& request{http.requests.at(index)};
    return request.method + " " + request.url.target.substr(0, request.url.target.find('?'));
  }

  AciProvider provider{arm, clock, settings(), "prod"};
};

}  // namespace spillway::aci::rig
