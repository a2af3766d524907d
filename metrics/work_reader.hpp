// What workers have in hand, read from metric sources: one question for each workload that is
// measured, a series for each of its replicas. Only what is fresh and believed comes back. One
// thread: the loop's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/core/work_in_hand.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "metrics/metric_source.hpp"
#include "metrics/work_settings.hpp"

namespace spillway {

class WorkReader {
 public:
  /// One workload's question, with its placeholders replaced.
  struct Question {
    std::string workload{};
    std::size_t source{0};  ///< in `sources`
    WorkSettings settings{};
  };

  /// `clock` must outlive it.
  WorkReader(io::Clock& clock, std::vector<std::shared_ptr<MetricSource>> sources,
             std::vector<Question> questions);

  /// Asks for those of `workloads` that are measured, all sources at once. Never fails as a whole:
  /// a workload whose source did not answer has no samples, and one that is not measured is absent.
  boost::asio::awaitable<std::map<std::string, WorkInHand>> read(std::set<std::string> workloads,
                                                                 io::Deadline deadline);

 private:
  io::Clock& clock_;
  std::vector<std::shared_ptr<MetricSource>> sources_;
  std::vector<Question> questions_;
};

}  // namespace spillway
