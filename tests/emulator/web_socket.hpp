// The server's side of one WebSocket that carries a terminal. Part of the HTTP front.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "tests/emulator/front_stream.hpp"
#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

/// Answers the upgrade that `request` (its text, and what came after it) asks for, and carries
/// `terminal` until either side ends. Closes the stream.
boost::asio::awaitable<void> serve_terminal(FrontStream& stream, std::string request,
                                            std::shared_ptr<Terminal> terminal);

}  // namespace spillway::emulator
