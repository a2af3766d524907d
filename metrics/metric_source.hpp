// Where numbers come from. A source answers a batch of queries with samples and says honestly which
// of them it could not answer; turning samples into trusted readings is judge.hpp's business.
// One thread: the loop's. Adapters are siblings in prometheus/, haproxy/ and file/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

/// One question to a source, in the source's own language.
struct Query {
  std::string text{};        ///< PromQL; `backend/web qcur` for HAProxy; a column for a file
  std::string join_label{};  ///< set: a shared query, one sample for each value of this label

  auto operator<=>(const Query&) const = default;
};

/// One value with the time at which it was measured, as far as the source tells it: Prometheus
/// gives the time of the question instead, see `SignalSettings::freshness_query`.
struct Sample {
  double value{0.0};  ///< as the source sent it: may be NaN or infinite
  TimePoint sampled_at{};
};

/// The samples of one query. Without a join label there is at most one, under the empty key.
struct Answer {
  std::map<std::string, Sample, std::less<>> samples{};  ///< by the value of the join label
  /// Why there is no sample for a value of the join label although the source has something.
  std::map<std::string, std::string, std::less<>> faults{};
  std::vector<std::string> warnings{};  ///< the source's own words on partial data
};

class MetricSource {
 public:
  virtual ~MetricSource() = default;

  /// The name in the config file, for messages.
  virtual const std::string& name() const = 0;

  /// Answers every query, in order. An error belongs to one query; if the source as a whole is
  /// down, all of them carry the same error. Errors: timeout, unavailable, denied, bad_request (the
  /// query is wrong), malformed, too_large. An answer without samples is legal and not zero.
  virtual boost::asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                                   io::Deadline deadline) = 0;

  /// How far its clock was ahead of ours (negative: behind) when it answered last, to a second or
  /// two; nothing if it has none of its own or does not tell.
  virtual std::optional<Duration> clock_ahead() const { return std::nullopt; }
};

}  // namespace spillway
