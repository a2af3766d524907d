// Asks Azure everything that a burst will need and creates nothing: `spillway doctor`. What the
// answers mean is diagnosis.hpp's business.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/diagnosis.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

/// What is asked through.
struct Instruments {
  io::HttpClient& http;
  TokenSource& tokens;
  ArmClient& arm;
  io::Clock& clock;
};

/// Everything found, in the order of asking: identity, clock, registration, resource group, rights,
/// then for each workload and place capabilities and quota, and each registry once. Without a token
/// nothing else is asked. All of `instruments` must outlive the coroutine.
boost::asio::awaitable<std::vector<Finding>> examine(Instruments instruments, AciSettings settings,
                                                     std::vector<Wanted> wanted,
                                                     io::Deadline deadline);

}  // namespace spillway::aci
