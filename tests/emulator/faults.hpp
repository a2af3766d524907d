// Faults on request: what to break, for which calls, how often. Armed through the admin endpoint.
// This file decides whether a fault strikes; the handler core plays it.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/emulator/arm_error.hpp"

namespace spillway::emulator {

enum class FaultKind {
  // Instead of doing the call.
  error,         ///< answer `status`, `code`, `message`
  throttle,      ///< 429, with Retry-After if `retryAfter` is given
  lost_request,  ///< the connection closes, nothing was done
  // After doing the call.
  lost_answer,     ///< done, but the connection closes without an answer
  delay,           ///< the answer comes `seconds` later
  truncated_body,  ///< half of the body, then the connection closes
  garbage_body,    ///< bytes that are not JSON
  oversize_body,   ///< `bytes` of valid JSON (default 9 MB; ARM drops answers above 8 MB)
  // What becomes of groups.
  slow_create,       ///< the start takes `seconds` longer
  slow_delete,       ///< the deletion takes `seconds` longer
  stuck_create,      ///< the start never ends (Azure gives up after 30 minutes)
  failed_start,      ///< the start ends in Failed; `recoversAfter` seconds later it runs after all
  stuck_delete,      ///< the group stays in Deleting
  capacity_refused,  ///< 409 ServiceUnavailable for creates in `region`
  quota_exhausted,   ///< 409 ContainerGroupQuotaReached for creates in `region`
  // How the world is shown.
  stale_list,      ///< lists are `seconds` behind
  clock_skew,      ///< all instants shown are off by `seconds`
  lost_next_link,  ///< a page says that it is the last one, and is not
};

std::string_view fault_name(FaultKind kind);

struct Fault {
  std::uint64_t id{0};
  FaultKind kind{FaultKind::error};

  // Which calls: all that are given must match; globs, without case.
  std::string method{};
  std::string path{};
  std::string group{};
  std::string region{};

  std::optional<int> count{1};  ///< how many more calls; nothing = until deleted
  double probability{1.0};
  std::optional<TimePoint> until{};

  unsigned status{503};
  std::string code{};
  std::string message{};
  std::optional<int> retry_after{};
  std::optional<double> seconds{};
  std::optional<double> recovers_after{};
  std::size_t bytes{9U << 20U};

  int struck{0};
};

/// What a call is, as far as faults care; empty where it does not apply.
struct FaultSubject {
  std::string method{};
  std::string path{};
  std::string group{};
  std::string region{};
};

/// A fault from an admin document; errors name the key and the allowed values.
Outcome<Fault> read_fault(const boost::json::object& document, TimePoint now);

boost::json::object show_fault(const Fault& fault);

class Faults {
 public:
  explicit Faults(std::uint64_t seed) : random_{seed} {}

  std::uint64_t add(Fault fault);
  bool remove(std::uint64_t id);
  void clear() { faults_.clear(); }

  /// The first armed fault of `kind` that matches and strikes now; counts it.
  std::optional<Fault> take(FaultKind kind, const FaultSubject& subject, TimePoint now);

  /// A fault that is a condition rather than an event (stale_list, clock_skew): looks, counts
  /// nothing.
  const Fault* active(FaultKind kind, const FaultSubject& subject, TimePoint now) const;

  boost::json::array show() const;

 private:
  std::map<std::uint64_t, Fault> faults_{};
  std::uint64_t next_id_{1};
  std::mt19937_64 random_;
};

}  // namespace spillway::emulator
