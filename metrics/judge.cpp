#include "metrics/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace spillway {

namespace {

struct Finding {
  Doubt doubt{Doubt::none};
  std::string words{};
  std::optional<KnownValue> sample{};  ///< scaled and finite, if there is one to show
};

const Sample* sample_in(const Answer& answer, std::string_view key) {
  const auto found{answer.samples.find(key)};
  return found == answer.samples.end() ? nullptr : &found->second;
}

/// Why `answer` has no sample for `key` although there is something; null if it does not say.
const std::string* fault_in(const Answer& answer, std::string_view key) {
  const auto found{answer.faults.find(key)};
  return found == answer.faults.end() ? nullptr : &found->second;
}

Finding nothing_found(const Received& received, const Answer& answer) {
  if (const std::string* const fault{fault_in(answer, received.key)}) {
    return {.doubt = Doubt::several_series, .words = *fault};
  }
  const bool has_others{!answer.samples.empty() || !answer.faults.empty()};
  if (received.key.empty() || !has_others) {
    std::string words{"the query returned no series"};
    if (!answer.warnings.empty()) words += " (" + answer.warnings.front() + ")";
    return {.doubt = Doubt::no_series, .words = std::move(words)};
  }
  return {.doubt = Doubt::no_series_for_label,
          .words = fmt::format("no series has {}=\"{}\"", received.join_label, received.key)};
}

/// When the sample was taken, by the freshness query if there is one.
std::optional<TimePoint> time_of(const Received& received, const Sample& sample) {
  if (received.sample_times == nullptr) return sample.sampled_at;
  if (!*received.sample_times) return std::nullopt;
  const Answer& times{**received.sample_times};
  const Sample* time{sample_in(times, received.key)};
  if (time == nullptr || !(time->value >= 0.0 && time->value < 1e10)) return std::nullopt;
  return TimePoint{duration_of_seconds(time->value)};
}

Finding no_time_found(const Received& received) {
  std::string words{"the freshness query gave no time for it"};
  const bool is_answered{received.sample_times != nullptr && *received.sample_times};
  const std::string* const fault{is_answered ? fault_in(**received.sample_times, received.key)
                                             : nullptr};
  if (fault != nullptr) words += ": " + *fault;
  return {.doubt = Doubt::sample_time_unknown, .words = std::move(words)};
}

Finding examine_value(double value, const TrustRules& rules) {
  if (std::isnan(value)) return {.doubt = Doubt::not_a_number, .words = "the value is NaN (0/0?)"};
  if (std::isinf(value)) {
    return {.doubt = Doubt::infinite, .words = "the value is infinite (division by 0?)"};
  }
  if (value < 0.0 && !rules.may_be_negative) {
    return {.doubt = Doubt::negative,
            .words = fmt::format("the value {:g} is negative, which this signal cannot be", value)};
  }
  return {};
}

Finding examine(const Received& received, const TrustRules& rules, TimePoint now) {
  if (!received.answer) {
    return {.doubt = Doubt::source_failed, .words = to_string(received.answer.error())};
  }
  const Answer& answer{*received.answer};
  const Sample* sample{sample_in(answer, received.key)};
  if (sample == nullptr) return nothing_found(received, answer);
  const double value{sample->value * rules.scale};
  if (Finding odd{examine_value(value, rules)}; odd.doubt != Doubt::none) return odd;
  const auto sampled_at{time_of(received, *sample)};
  if (!sampled_at) return no_time_found(received);
  if (*sampled_at > now + clock_skew_max) {
    return {.doubt = Doubt::from_the_future,
            .words = fmt::format("sampled {} from now: the clocks differ",
                                 to_string(*sampled_at - now))};
  }
  const KnownValue seen{.value = value, .sampled_at = std::min(*sampled_at, now)};
  if (!answer.warnings.empty()) {
    return {
        .doubt = Doubt::partial, .words = "incomplete: " + answer.warnings.front(), .sample = seen};
  }
  if (now - seen.sampled_at > rules.stale_after) {
    return {.doubt = Doubt::too_old,
            .words = fmt::format("sampled {} ago, stale after {}", to_string(now - seen.sampled_at),
                                 to_string(rules.stale_after)),
            .sample = seen};
  }
  return {.sample = seen};
}

}  // namespace

std::string_view to_string(Doubt doubt) {
  switch (doubt) {
    case Doubt::none:
      return "None";
    case Doubt::source_failed:
      return "SourceFailed";
    case Doubt::no_series:
      return "NoSeries";
    case Doubt::no_series_for_label:
      return "NoSeriesForLabel";
    case Doubt::several_series:
      return "SeveralSeries";
    case Doubt::not_a_number:
      return "NotANumber";
    case Doubt::infinite:
      return "Infinite";
    case Doubt::negative:
      return "Negative";
    case Doubt::from_the_future:
      return "FromTheFuture";
    case Doubt::too_old:
      return "TooOld";
    case Doubt::partial:
      return "Partial";
    case Doubt::sample_time_unknown:
      return "SampleTimeUnknown";
  }
  return "None";
}

Judged judge(const Received& received, const TrustRules& rules, TimePoint now,
             std::optional<KnownValue>& known) {
  Finding found{examine(received, rules, now)};
  if (found.doubt == Doubt::none) {
    known = found.sample;
    return {.reading = Reading::fresh(known->value, known->sampled_at)};
  }
  const bool is_newer{!known || (found.sample && known->sampled_at < found.sample->sampled_at)};
  if (found.doubt == Doubt::too_old && is_newer) known = found.sample;
  const std::optional<KnownValue>& shown{found.doubt == Doubt::partial ? found.sample : known};
  std::string why{fmt::format("{}: {}", received.source, found.words)};
  if (!shown) return {.reading = Reading::missing(std::move(why)), .doubt = found.doubt};
  return {.reading = Reading::stale(shown->value, shown->sampled_at, std::move(why)),
          .doubt = found.doubt};
}

}  // namespace spillway
