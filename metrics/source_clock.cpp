#include "metrics/source_clock.hpp"

#include <chrono>
#include <string_view>

#include "controller/io/log.hpp"
#include "metrics/judge.hpp"

namespace spillway {
namespace {

constexpr Duration agree_within{std::chrono::seconds{5}};

}  // namespace

void SourceClock::note(const std::string& source, std::optional<Duration> ahead) {
  if (!ahead) return;
  const Duration size{std::chrono::abs(*ahead)};
  const bool was_off{is_off_};
  is_off_ = was_off ? size > agree_within : size > clock_skew_max;
  if (is_off_ == was_off) return;
  if (!is_off_) {
    io::log_event(io::LogLevel::info, "ClocksAgree", {{"source", source}});
    return;
  }
  const bool is_ahead{*ahead > Duration::zero()};
  const std::string_view effect{
      is_ahead ? "old samples pass for new ones, also with a freshness query"
               : "the newest samples are not found, or look too old: the count is held"};
  io::log_event(io::LogLevel::error, "ClocksDiffer",
                {{"source", source},
                 {"its_clock_is", std::string_view{is_ahead ? "ahead" : "behind"}},
                 {"by", size},
                 {"effect", effect},
                 {"advice", std::string_view{"set this machine's clock and the source's by NTP; a "
                                             "proxy that answers in its place counts as well"}}});
}

}  // namespace spillway
