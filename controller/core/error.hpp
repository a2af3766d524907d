// Weather: what goes wrong outside Spillway and is answered by waiting, retrying or holding.
// Bad configuration is reported by controller/settings, broken code by SPILLWAY_ASSERT; neither
// ever travels as an `Error`.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/units.hpp"

namespace spillway {

/// What kind of "no" it was. Each kind has one reaction, so the kind is all a caller switches on.
enum class Errc {
  // The other side may recover by itself: try again later.
  timeout,        ///< no answer before the deadline; a write may still have happened
  unavailable,    ///< refused, reset, 5xx, or a name that does not resolve
  throttled,      ///< 429; `retry_after` is the earliest useful time
  transitioning,  ///< the group is busy with another operation: repeat after that one
  // This place cannot serve us now: go to the next offer.
  no_capacity,  ///< the region has no room for this size at this moment
  quota,        ///< our own limit is reached: wait for usage to fall
  // Repeating the same request at once cannot help: most often a person must act.
  denied,       ///< 401 or 403 after a fresh token
  bad_request,  ///< the service refuses what we asked; never retried, never failed over
  registry,     ///< the image cannot be pulled, in no region: no failover; a hiccup may pass, so it
                ///< is tried again, ever more rarely
  // Facts rather than failures.
  not_found,  ///< it is not there; after a delete this is success
  cancelled,  ///< we are stopping, or a newer request replaced this one
  // The answer came and is of no use.
  malformed,  ///< not what the protocol promises: truncated, garbage, wrong type
  too_large,  ///< beyond the limit we read
};

/// The CamelCase word for logs, metric labels, the API and the journal.
std::string_view to_string(Errc code);

/// What a person can do about `code`, as the end of an error message.
std::string_view advice(Errc code);

/// True if the same request may succeed later without anybody's help. Example: `throttled` yes,
/// `bad_request` no, `no_capacity` no (the same place says no again; another place may not).
bool is_retryable(Errc code);

struct Error {
  Errc code{Errc::unavailable};
  std::string context{};                  ///< what was tried and what came back, for a person
  std::optional<Duration> retry_after{};  ///< the server's own word on when to try again
  std::string request_id{};               ///< the server's id of the exchange, if it gave one
  std::string_view advice{};  ///< the server's kind of `advice(code)`: a literal, or nothing

  bool operator==(const Error&) const = default;
};

/// Its own, else that of its code.
std::string_view advice(const Error& error);

/// `Throttled: creating group x: 429 ... (request 4711)`.
std::string to_string(const Error& error);

/// The same error with the caller's step in front: `listing groups: GET https://...: timed out`.
Error with_context(std::string_view step, Error error);

/// A value, or the weather that kept us from it. `[[nodiscard]]` as a class of our own because
/// g++ 12 misses a dropped `co_await` result; the clang pass in the lint suite finds it.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

/// Called by `Result::value()` on an error; reaching it is broken code, so prefer `if (!result)`.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

/// Reports the broken invariant and aborts. Always on; see SPILLWAY_ASSERT. The location is Boost's
/// because clang 14 cannot read the standard one of libstdc++ 12.
[[noreturn]] void assertion_failed(const char* condition, const boost::source_location& where);

}  // namespace spillway

/// States an invariant of our own code, positively: `SPILLWAY_ASSERT(count <= limit)`. Never for
/// input.
#define SPILLWAY_ASSERT(condition) \
  (static_cast<bool>(condition)    \
       ? void(0)                   \
       : ::spillway::assertion_failed(#condition, BOOST_CURRENT_LOCATION))
