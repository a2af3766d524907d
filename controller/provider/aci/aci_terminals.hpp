// Terminals in container groups: ARM says where one is opened and with which password, and a
// WebSocket carries it. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "controller/io/web_socket_client.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/provider/terminals.hpp"

namespace spillway::aci {

class AciTerminals final : public Terminals {
 public:
  /// `groups` knows whose a group is and where. All must outlive the terminals and those opened.
  AciTerminals(ArmClient& arm, BurstProvider& groups, io::WebSocketClient& sockets,
               AciSettings settings);

  boost::asio::awaitable<Result<std::unique_ptr<Terminal>>> open(GroupId id,
                                                                 TerminalRequest request,
                                                                 io::Deadline deadline) override;

 private:
  ArmClient& arm_;
  BurstProvider& groups_;
  io::WebSocketClient& sockets_;
  AciSettings settings_;
};

/// Where a terminal waits, and what opens it: the answer of ACI's `exec` and `attach`.
struct TerminalInvitation {
  io::Url url{};
  io::Secret password{};
};

/// `wss` only, unless `is_plain_allowed`: the password would be readable. Error: `malformed`.
Result<TerminalInvitation> parse_invitation(std::string_view body, bool is_plain_allowed);

}  // namespace spillway::aci
