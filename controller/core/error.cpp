#include "controller/core/error.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace spillway {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::timeout:
      return "Timeout";
    case Errc::unavailable:
      return "Unavailable";
    case Errc::throttled:
      return "Throttled";
    case Errc::transitioning:
      return "Transitioning";
    case Errc::no_capacity:
      return "NoCapacity";
    case Errc::quota:
      return "QuotaReached";
    case Errc::denied:
      return "Denied";
    case Errc::bad_request:
      return "BadRequest";
    case Errc::registry:
      return "RegistryError";
    case Errc::not_found:
      return "NotFound";
    case Errc::cancelled:
      return "Cancelled";
    case Errc::malformed:
      return "MalformedAnswer";
    case Errc::too_large:
      return "AnswerTooLarge";
  }
  return "Unknown";
}

std::string_view advice(Errc code) {
  switch (code) {
    case Errc::timeout:
      return "it is retried; if it persists, check the network and the timeout";
    case Errc::unavailable:
      return "it is retried; if it persists, check the address and the server";
    case Errc::throttled:
      return "it is retried when the server allows";
    case Errc::transitioning:
      return "it is repeated when the running operation has ended";
    case Errc::no_capacity:
      return "the next size or place is tried";
    case Errc::quota:
      return "lower the workload's limits, or have the quota raised";
    case Errc::denied:
      return "check the credentials, and what they may do there";
    case Errc::bad_request:
      return "change the configuration: the same request is never accepted";
    case Errc::registry:
      return "check the image name and the registry credentials";
    case Errc::not_found:
      return "nothing to do";
    case Errc::cancelled:
      return "nothing to do";
    case Errc::malformed:
      return "check that the address belongs to the right kind of server";
    case Errc::too_large:
      return "narrow the query, or raise the limit";
  }
  return "";
}

std::string_view advice(const Error& error) {
  return error.advice.empty() ? advice(error.code) : error.advice;
}

bool is_retryable(Errc code) {
  switch (code) {
    case Errc::timeout:
    case Errc::unavailable:
    case Errc::throttled:
    case Errc::transitioning:
      return true;
    case Errc::no_capacity:
    case Errc::quota:
    case Errc::denied:
    case Errc::bad_request:
    case Errc::registry:
    case Errc::not_found:
    case Errc::cancelled:
    case Errc::malformed:
    case Errc::too_large:
      return false;
  }
  return false;
}

std::string to_string(const Error& error) {
  std::string text{fmt::format("{}: {}", to_string(error.code), error.context)};
  if (error.retry_after) text += fmt::format(" (retry after {})", to_string(*error.retry_after));
  if (!error.request_id.empty()) text += fmt::format(" (request {})", error.request_id);
  return text;
}

Error with_context(std::string_view step, Error error) {
  error.context =
      error.context.empty() ? std::string{step} : fmt::format("{}: {}", step, error.context);
  return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error{"value() of a failed result: " + to_string(error)};
}

void assertion_failed(const char* condition, const boost::source_location& where) {
  std::fputs(fmt::format("{}:{}: invariant does not hold: {}\n", where.file_name(), where.line(),
                         condition)
                 .c_str(),
             stderr);
  std::abort();
}

}  // namespace spillway
