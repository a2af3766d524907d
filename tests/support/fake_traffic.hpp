// A balancer in memory for tests: it holds backends, writes down every call in order, counts what
// the test says is in flight, and can be told to fail, to lose its memory, or to have servers of
// somebody else. It lives by the same contract as the real adapters (tests/contract/traffic).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::testing {

class FakeTraffic final : public Traffic {
 public:
  enum class Call { list, admit, drain, evict };

  /// `clock` must outlive the balancer.
  explicit FakeTraffic(io::Clock& clock, std::string name = "edge");

  const std::string& name() const override { return name_; }
  bool can_count() const override { return counts_in_flight; }
  bool sees_all() const override { return !is_partly_blind; }
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  // --- weather ---

  /// The next call of this kind fails with `error` and does nothing. Several queue up.
  void fail_next(Call call, Error error) { weather_[call].push_back(std::move(error)); }
  /// Every call fails with this while it is set.
  std::optional<Error> outage{};
  /// How many backends it takes; another one is refused with no_capacity.
  std::optional<std::size_t> slots{};
  /// Every call hangs until its deadline.
  bool hangs{false};
  /// One of its processes does not answer: what that one has is not listed.
  bool is_partly_blind{false};
  /// As HAProxy does when it is restarted or reloaded: every backend of ours is forgotten.
  void restart() { backends_.clear(); }

  // --- load; groups that are not there are ignored ---

  /// Requests in flight on `group`: shown by `list`, and `evict` refuses while there are any.
  void set_in_flight(std::string_view group, int count);
  /// False: `list` tells no numbers and `evict` never refuses, as with service discovery.
  bool counts_in_flight{true};

  // --- what tests look at ---

  /// What was asked, in order: `admit web-1 10.0.0.4:8080`, `list web`, ... also what failed.
  std::vector<std::string> calls{};

  std::size_t count_calls(std::string_view beginning) const;
  /// The entry of `group`, or null.
  const ListedBackend* find(std::string_view group) const;
  bool is_admitted(std::string_view group) const;
  bool is_draining(std::string_view group) const;
  /// Names of the groups that are admitted, sorted.
  std::vector<std::string> admitted() const;

 private:
  boost::asio::awaitable<std::optional<Error>> begin(Call call, std::string what,
                                                     io::Deadline deadline);

  io::Clock& clock_;
  std::string name_;
  std::map<std::string, ListedBackend, std::less<>> backends_{};
  std::map<Call, std::deque<Error>> weather_{};
};

}  // namespace spillway::testing
