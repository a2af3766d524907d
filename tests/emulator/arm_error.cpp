#include "tests/emulator/arm_error.hpp"

#include <boost/json/object.hpp>
#include <stdexcept>

namespace spillway::emulator {

void throw_exception_from_error(const ArmError& error, const boost::source_location&) {
  throw std::logic_error{"an ARM error was used as a value: " + error.code};
}

boost::json::value to_json(const ArmError& error) {
  boost::json::object body{{"code", error.code}, {"message", error.message}};
  if (!error.target.empty()) body["target"] = error.target;
  return body;
}

Response to_response(const ArmError& error) {
  Response response{json_response(error.status, {{"error", to_json(error)}})};
  if (error.retry_after) {
    response.headers.emplace_back("Retry-After", std::to_string(*error.retry_after));
  }
  if (!error.authenticate.empty()) {
    response.headers.emplace_back("WWW-Authenticate", error.authenticate);
  }
  response.headers.emplace_back("x-ms-failure-cause", error.status < 500 ? "gateway" : "service");
  return response;
}

ArmError bad_request(std::string code, std::string message, std::string target) {
  return {.status = 400,
          .code = std::move(code),
          .message = std::move(message),
          .target = std::move(target)};
}

ArmError not_found(std::string code, std::string message) {
  return {.status = 404, .code = std::move(code), .message = std::move(message)};
}

ArmError conflict(std::string code, std::string message) {
  return {.status = 409, .code = std::move(code), .message = std::move(message)};
}

ArmError too_many_requests(std::string message, int retry_after_seconds) {
  return {.status = 429,
          .code = "TooManyRequests",
          .message = std::move(message),
          .retry_after = retry_after_seconds};
}

}  // namespace spillway::emulator
