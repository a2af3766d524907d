// The bearer token for ARM: fetched when needed, refreshed early, one refresh at a time however
// many requests wait, and the old one used for as long as it is valid. How a token is obtained is
// the business of a `Credential`; the ways (client secret, certificate, workload identity, managed
// identity) are siblings. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/secret.hpp"

namespace spillway::aci {

struct AccessToken {
  io::Secret text{};
  TimePoint fetched_at{};
  TimePoint expires_at{};
};

/// One way to get a token. Keeps none.
class Credential {
 public:
  virtual ~Credential() = default;

  /// A fresh token. Errors: `denied` (the identity is refused; the context says why), `throttled`,
  /// `unavailable`, `timeout`, `malformed`.
  virtual boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) = 0;
};

/// When to fetch the next one: 5 minutes before the end; tokens that live more than two hours at
/// half their life, as Azure's own libraries do; never before a quarter of a short life is left.
/// Example: a token of 3599 s is refreshed after 3299 s, one of 24 h after 12 h, one of 60 s after
/// 45 s.
TimePoint refresh_at(const AccessToken& token);

class TokenSource {
 public:
  /// Both must outlive the source, and the source its coroutines.
  TokenSource(io::Clock& clock, Credential& credential);
  ~TokenSource();

  /// A token that is valid now. While one is valid a failing refresh is no error: it is tried again
  /// 30 s later. Without one the next try is 1 s later, then 2 s, 4 s, up to 30 s, and never before
  /// the server's own Retry-After; until then every call gets the last failure, with the rest of
  /// that time as `retry_after`. Errors: those of the credential, `timeout`, `cancelled`.
  boost::asio::awaitable<Result<io::Secret>> token(io::Deadline deadline);

  /// Another secret or certificate from now on: what is valid stays until its refresh, and a
  /// refresh under way ends with the former one. A pause after failures is over: they were the
  /// former's.
  void use(std::shared_ptr<Credential> credential);

  /// ARM refused this token: the next call fetches another one. Does nothing if it is not the
  /// current one any more, so that many refused requests cause one fetch.
  void drop(const io::Secret& refused);

  /// How long it is certain at `now` that there will be no token; zero while one is valid.
  Duration pause(TimePoint now) const;

  /// Why the last refresh failed, if it did; for the status page and the log.
  const std::optional<Error>& last_failure() const { return last_failure_; }

 private:
  class Refresh;  // marks one as under way, and wakes the waiting when it ends in any way
  struct Waiters;

  boost::asio::awaitable<Result<io::Secret>> token_or_wait(io::Deadline deadline);
  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline);
  boost::asio::awaitable<void> wait_for_refresh();
  bool is_valid(TimePoint now) const;
  Error held_back(TimePoint now) const;

  io::Clock& clock_;
  std::shared_ptr<Credential> credential_;
  std::optional<AccessToken> current_{};
  TimePoint try_again_at_{};
  std::optional<Error> last_failure_{};
  int failures_{0};  // in a row
  bool is_refreshing_{false};
  std::shared_ptr<Waiters> waiters_;
};

}  // namespace spillway::aci
