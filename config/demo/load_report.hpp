// What a load test saw: counts and latencies, in total and while the load was at least half its
// peak. Pure; prints nothing.
#pragma once

#include <string>
#include <vector>

namespace spillway::demo {

/// Outcomes of requests. A request is late if it took longer than the SLO or failed.
class Tally {
 public:
  void add_answer(double latency_s, double slo_s);
  void add_error();

  long requests() const { return errors_ + static_cast<long>(latencies_s_.size()); }
  void clear();

  /// `"ok":31,"errors":0,"late_share":0.0300,"p50_ms":101,...`: members of a JSON object.
  /// Percentiles are of the answers, by the nearest rank; null without any.
  std::string json_members() const;

 private:
  std::string percentile_ms(double share) const;

  mutable std::vector<double> latencies_s_{};
  long errors_{0};
  long late_{0};
};

}  // namespace spillway::demo
