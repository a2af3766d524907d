#include "config/demo/load_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spillway::demo {

void Tally::add_answer(double latency_s, double slo_s) {
  latencies_s_.push_back(latency_s);
  if (latency_s > slo_s) ++late_;
}

void Tally::add_error() {
  ++errors_;
  ++late_;
}

void Tally::clear() {
  *this = Tally{};
}

std::string Tally::json_members() const {
  std::ranges::sort(latencies_s_);
  const double late_share{
      requests() > 0 ? static_cast<double>(late_) / static_cast<double>(requests()) : 0.0};
  return fmt::format(
      R"("ok":{},"errors":{},"late_share":{:.4f},"p50_ms":{},"p95_ms":{},"p99_ms":{})",
      latencies_s_.size(), errors_, late_share, percentile_ms(0.50), percentile_ms(0.95),
      percentile_ms(0.99));
}

std::string Tally::percentile_ms(double share) const {
  if (latencies_s_.empty()) return "null";
  const double rank{std::ceil(share * static_cast<double>(latencies_s_.size()))};
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return fmt::format("{:.0f}", latencies_s_[index] * 1000.0);
}

}  // namespace spillway::demo
