// ARM behind scripted answers, in virtual time: what every test of an adapter over it needs.
#pragma once

#include <boost/asio/io_context.hpp>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/token_source.hpp"
#include "tests/provider/scripted_http.hpp"
#include "tests/support/manual_clock.hpp"

namespace spillway::aci::rig {

class FixedCredential final : public Credential {
 public:
  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) override {
    AccessToken token{io::Secret{"token"}, deadline.at, deadline.at + std::chrono::hours{1000}};
    co_return token;
  }
};

struct ArmRig {
  static ArmOptions options() {
    ArmOptions options{};
    options.endpoint = io::parse_url("https://arm.example").value();
    return options;
  }
  /// The resource group `burst` of the subscription `sub`, in eastus.
  static AciSettings settings() {
    AciSettings settings{};
    settings.subscription = "sub";
    settings.resource_group = "burst";
    settings.region = "eastus";
    return settings;
  }
  io::Deadline in_a_minute() { return io::deadline_after(clock, std::chrono::minutes{1}); }

  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  testing::ScriptedHttp http{clock};
  io::SeededRandom random{7};
  FixedCredential credential{};
  TokenSource tokens{clock, credential};
  ArmClient arm{http, tokens, clock, random, options()};
};

}  // namespace spillway::aci::rig
