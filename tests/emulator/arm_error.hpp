// An error as Azure Resource Manager tells it: status, code, message.
// The code is the contract, the message is for people (with the cure where one is known).
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>

#include "tests/emulator/message.hpp"

namespace spillway::emulator {

struct ArmError {
  unsigned status{400};
  std::string code;
  std::string message;
  std::string target{};              ///< the property or parameter at fault, if one is
  std::optional<int> retry_after{};  ///< seconds of client time, sent as a header
  std::string authenticate{};        ///< the WWW-Authenticate challenge of a 401
};

/// Never reached: outcomes are tested before use.
[[noreturn]] void throw_exception_from_error(const ArmError& error,
                                             const boost::source_location& where);

template <class T>
using Outcome = boost::system::result<T, ArmError>;

/// `{"error": {"code", "message", "target"?}}` with its headers.
Response to_response(const ArmError& error);

/// `{"error": {...}}` alone, as operation status documents embed it.
boost::json::value to_json(const ArmError& error);

ArmError bad_request(std::string code, std::string message, std::string target = {});
ArmError not_found(std::string code, std::string message);
ArmError conflict(std::string code, std::string message);
ArmError too_many_requests(std::string message, int retry_after_seconds);

}  // namespace spillway::emulator
