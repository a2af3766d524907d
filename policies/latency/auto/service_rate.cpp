#include "policies/latency/auto/service_rate.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/load_history.hpp"
#include "policies/remembered.hpp"

namespace spillway::autopilot {
namespace {

constexpr double window_s{45.0};        // the window of a reading is over by then, delays included
constexpr double evidence_kept{400.0};  // samples that count, if nothing changes
constexpr double evidence_young{10.0};  // below, one sample may correct all of it
constexpr double step_limit{1.5};       // one odd sample must not turn the fleet around
constexpr double fall_saturated{0.97};  // per sample
constexpr double fall_late{0.98};
constexpr double least_of_proven{0.5};
constexpr double most_added{8.0};           // times what was there, if nothing was ever on time
constexpr double rise_per_hour{0.02};       // while nobody is late
constexpr double samples_max{4.0};          // that one tick of a slow loop counts for
constexpr double contradicted_for_s{45.0};  // as long as a reading may be old
constexpr double outgrown_for_s{15.0};      // ... where a queue tells how much is not completed
constexpr double undershoot{0.7};           // thirds at a time find the rate in a few starts
constexpr double full{0.99};                // utilization that hides any want
constexpr double clearly_late{0.2};
constexpr double on_time{0.01};
constexpr double off_by{0.2};  // that samples of one side may differ by, for so long:
constexpr double off_s{90.0};
constexpr double peak_half_life_s{60.0};
constexpr double fallen{0.9};   // a load below this share of the peak: a backlog may be left
constexpr double rising{0.05};  // of the arrivals, that a queue grows by
constexpr double least_completed{0.2};  // of the arrivals; a queue may be fresher than the load

constexpr double doubted_for_s{300.0};        // at most, once requests are late no more
constexpr double calm_half_life_s{86'400.0};  // to double: the service may have become slower
constexpr double late_waits{2.5};             // times the objective, in a queue that alone can tell
constexpr double on_time_waits{0.25};
constexpr double calm_before_s{600.0};  // on time, before lateness tells at which rate it comes
constexpr double below_late_rate{0.97};
constexpr double late_rate_rise_per_hour{0.002};
constexpr double smoothed_s{120.0};  // a utilization, before it is compared with a limit
constexpr double sigmas{3.0};
constexpr double busy_share{0.4};  // of the busiest of late; below, work of its own counts too much
constexpr double busiest_half_life_s{7.0 * 86'400.0};
constexpr double idle_margin{1.2};
constexpr double idle_margin_settled{2.0};  // below telling_min; readings there are rounded

/// Below, idle work dominates; above, saturation hides how much more was wanted.
constexpr double telling_min{0.05};
constexpr double telling_max{0.95};
/// Below, work that no request asked for is a large part of it.
constexpr double proportional_min{0.15};
/// A queue beside a lower utilization than this counts what is in service.
constexpr double backlog_min{0.9};

}  // namespace

std::optional<double> ServiceRate::get() const {
  if (!(rate_ > 0.0) || has_limit_ == 0.0) return std::nullopt;
  return std::min(rate_, largest_rate_rps);
}

bool ServiceRate::is_settled() const {
  return evidence_ >= evidence_young;
}

void ServiceRate::bound() {
  rate_ = std::clamp(rate_, 0.0, largest_rate_rps);
  idle_least_ = std::clamp(idle_least_, 0.0, largest_rate_rps);
  idle_s_ = std::max(0.0, idle_s_);
  evidence_ = std::clamp(evidence_, 0.0, evidence_kept);
  work_ = std::clamp(work_, 0.0, largest_load_rps);
  utilization_ = std::clamp(utilization_, 0.0, 10.0);
  busiest_ = std::clamp(busiest_, 0.0, 1.0);
}

void ServiceRate::watch(const ServiceSample& sample) {
  const bool is_first{serving_ <= 0.0};
  steady_s_ = sample.serving == serving_ ? steady_s_ + sample.elapsed_s : 0.0;
  if (is_first) {
    before_ = {sample.serving, sample.serving};
    now_ = before_;
    window_s_ = 0.0;
  }
  window_s_ += sample.elapsed_s;
  if (window_s_ >= window_s && !is_first) {
    before_ = now_;
    now_ = {serving_, serving_};
    window_s_ = 0.0;
  }
  now_ = {std::min(now_.low, sample.serving), std::max(now_.high, sample.serving)};
  if (is_steady()) before_ = now_ = {sample.serving, sample.serving};
  serving_ = sample.serving;
}

double ServiceRate::fewest_serving() const {
  return std::min(before_.low, now_.low);
}

double ServiceRate::most_serving() const {
  return std::max(before_.high, now_.high);
}

bool ServiceRate::is_steady() const {
  return steady_s_ >= window_s;
}

void ServiceRate::learn_saturated(const ServiceSample& sample, double completed, double samples,
                                  bool drains) {
  const bool is_young{!is_settled()};
  // A full fleet completes at most what arrives: if we believed in clearly more, we were wrong.
  // With little evidence at once, so that a start under overload finds its way out in a few ticks.
  const bool is_outgrown{completed < sample.load};
  const double most{completed / (is_young && !is_outgrown ? sample.serving : fewest_serving())};
  const bool is_believed_full{most >= 0.95 * rate_};
  const bool is_contradicted{most < rate_ && !drains && sample.late.value_or(1.0) > clearly_late &&
                             (!is_believed_full || *sample.utilization >= full)};
  contradicted_s_ = is_contradicted ? contradicted_s_ + sample.elapsed_s : 0.0;
  const double patience_s{is_outgrown ? outgrown_for_s : contradicted_for_s};
  if (is_young) doubted_s_ = doubted_for_s;
  if (drains) return;
  if (is_young) {
    if (!is_believed_full) rate_ = most;
  } else if (contradicted_s_ >= patience_s + sample.elapsed_s) {
    // The replicas have become slower; by how much, only a queue that grows can say. Each growth is
    // judged by itself, once it served a window.
    rate_ = std::min(rate_, is_outgrown ? most : undershoot * most);
    doubt_evidence();
    doubted_s_ = doubted_for_s;
    contradicted_s_ = 0.0;
  } else if (!is_believed_full) {
    rate_ = std::max(most, std::pow(fall_saturated, samples) * rate_);
  }
}

void ServiceRate::begin_anew(double rate, double evidence, double work) {
  rate_ = rate;
  evidence_ = evidence;
  work_ = work;
  off_s_ = 0.0;
}

void ServiceRate::doubt_evidence() {
  if (!is_settled()) return;
  work_ *= evidence_young / evidence_;
  evidence_ = evidence_young;
}

void ServiceRate::learn_telling(const ServiceSample& sample, const Range& seen, double samples) {
  const double middle{0.5 * (seen.low + seen.high)};
  const double work{*sample.utilization * sample.serving};
  if (evidence_ == 0.0) {
    // Not to be taken for faster than it is: the most that can have served it count.
    begin_anew(seen.low, std::min(1.0, samples), std::min(1.0, samples) * work);
    return;
  }
  const double counts{sample.load * slot_seconds};
  const double noise{drift_.noise(counts)};
  if (!is_steady() && seen.high > (1.0 + noise) * seen.low) {
    const double within{std::clamp(rate_, seen.low * std::max(0.0, 1.0 - sigmas * noise),
                                   seen.high * (1.0 + sigmas * noise))};
    rate_ = std::clamp(within, rate_ / step_limit, rate_ * step_limit);
    return;
  }
  // What was averaged before counts no more, once all that comes is on one side of it.
  const double off{middle > (1.0 + off_by) * rate_   ? 1.0
                   : middle < (1.0 - off_by) * rate_ ? -1.0
                                                     : 0.0};
  off_s_ =
      off * off_s_ > 0.0 ? off_s_ + off * samples * slot_seconds : off * samples * slot_seconds;
  const bool is_doubted_so_far{is_doubted()};
  if (is_steady()) doubted_s_ = 0.0;
  if (std::abs(off_s_) >= off_s || (is_doubted_so_far && is_steady() && off != 0.0)) {
    begin_anew(middle, 1.0, work);
    return;
  }
  const double step{std::clamp(middle, rate_ / step_limit, rate_ * step_limit) - rate_};
  if (drift_.has_changed(step / rate_, samples, counts)) doubt_evidence();
  evidence_ = std::min(evidence_ + samples, evidence_kept);
  work_ += samples * work;
  if (work_ > 0.0) rate_ += step * std::min(1.0, samples * work / work_);
  work_ *= 1.0 - samples / evidence_kept;
}

void ServiceRate::learn_idle(double seen, double margin, double elapsed_s) {
  if (seen < margin * rate_) {
    idle_s_ = 0.0;
    return;
  }
  idle_least_ = idle_s_ > 0.0 ? std::min(idle_least_, seen) : seen;
  idle_s_ += elapsed_s;
  if (idle_s_ < off_s) return;
  rate_ = idle_least_;
  doubt_evidence();
  idle_s_ = 0.0;
}

void ServiceRate::learn_from_lateness(const ServiceSample& sample, double late, double completed,
                                      double samples, bool drains) {
  const bool is_late{late > 0.5};
  const double per_replica{sample.load / sample.serving};
  // The fewest that can have served a late window were too few for its load.
  const double too_many{sample.load / fewest_serving()};
  if (rate_ <= 0.0) {
    rate_ = is_late ? 0.9 * completed / fewest_serving() : 1.4 * per_replica;
    has_limit_ = is_late ? 1.0 : 0.0;
    return;
  }
  if (is_late) has_limit_ = 1.0;
  if (is_late && !drains) {
    const double believed{rate_};
    // At first nobody knows how far below it the rate is.
    const bool is_young{!is_settled()};
    rate_ = std::min(rate_, is_young ? undershoot * completed / fewest_serving()
                                     : std::max(completed / fewest_serving(),
                                                std::pow(fall_late, samples) * rate_));
    evidence_ = std::min(evidence_ + samples, evidence_kept);
    // Lateness that comes back where less was enough has another reason than too few replicas, and
    // so has one that eight times as many have not ended.
    if (least_ <= 0.0) least_ = too_many / most_added;
    rate_ = std::max({rate_, least_of_proven * proven_, proven_ > 0.0 ? 0.0 : least_});
    // A queue that grows is full replicas: what is completed is the rate.
    const bool is_measured{is_steady() && (!sample.late || completed < sample.load)};
    const double measured{completed / fewest_serving()};
    if (is_measured) rate_ = std::min(rate_, std::max(measured, least_of_proven * proven_));
    if (rate_ < believed && on_time_s_ >= calm_before_s) {
      late_rate_ = is_measured ? below_late_rate * measured : believed;
    }
  }
  if (is_late) on_time_s_ = 0.0;
  if (!is_steady() || late >= on_time) return;
  on_time_s_ += samples * slot_seconds;
  evidence_ = std::min(evidence_ + samples, evidence_kept);
  const double hours{samples * slot_seconds / 3'600.0};
  late_rate_ *= 1.0 + late_rate_rise_per_hour * hours;
  // The highest of many counts is mostly luck.
  const double counted_s{std::max(1.0, samples * slot_seconds)};
  const double luck{2.0 * std::sqrt(sample.load / counted_s) / sample.serving};
  proven_ = std::max(proven_ * std::exp2(-hours / 24.0), per_replica - luck);
  // A fleet that is larger than this rate calls for, by square-root staffing, proves nothing.
  const double busy{sample.load / rate_};
  const double tells{sample.serving <= busy + std::sqrt(busy) ? 1.0 : 0.0};
  const double risen{rate_ * (1.0 + tells * rise_per_hour * hours)};
  const double most{late_rate_ > 0.0 ? std::max(rate_, below_late_rate * late_rate_) : risen};
  rate_ = std::max(std::min(risen, most), proven_);
}

bool ServiceRate::is_saturated(const ServiceSample& sample) const {
  // Smoothed: else of a busy fleet the readings that noise lifts above the limit would be left out,
  // and the average of the others would be too fast.
  if (utilization_ >= full) return true;
  const double queue{sample.queue.value_or(-1.0)};
  const bool is_on_time{sample.late ? *sample.late < on_time : queue >= 0.0 && queue <= 1.0};
  const bool is_full{*sample.utilization >= full};
  if (is_on_time && (!is_full || is_settled())) return false;
  return is_full || utilization_ > telling_max ||
         (queue > 1.0 && *sample.utilization > backlog_min);
}

double ServiceRate::completed(const ServiceSample& sample) const {
  const double grown{growth(sample)};
  if (grown <= 0.0 || sample.late.value_or(1.0) <= clearly_late) return sample.load;
  // A load that is averaged over a minute rises later than the queue.
  const double noise{sigmas * std::sqrt(2.0 * sample.load / sample.elapsed_s)};
  if (sample.load > (1.0 + rising) * load_ + noise) return sample.load;
  return std::max(least_completed * sample.load, sample.load - grown / sample.elapsed_s);
}

double ServiceRate::growth(const ServiceSample& sample) const {
  if (!sample.queue || queue_ < 0.0 || sample.elapsed_s <= 0.0) return 0.0;
  const double arrived{sample.load * sample.elapsed_s};
  const double grown{*sample.queue - queue_};
  return grown > rising * arrived + sigmas * std::sqrt(arrived) ? grown : 0.0;
}

std::optional<double> ServiceRate::lateness_of(const ServiceSample& sample) {
  if (sample.late || !sample.queue || sample.load <= 0.0) return sample.late;
  // Little: so long what is in the queue will have waited; what it never falls below is in service.
  const double waits_s{*sample.queue / sample.load};
  const double fades{std::exp2(sample.elapsed_s / calm_half_life_s)};
  calm_s_ = queue_ < 0.0 ? waits_s : std::min(waits_s, calm_s_ * fades);
  const double beyond_s{waits_s - calm_s_};
  if (growth(sample) > 0.0 || beyond_s > late_waits * sample.wait_s) return 1.0;
  return beyond_s < on_time_waits * sample.wait_s || *sample.queue < 1.0 ? std::optional{0.0}
                                                                         : std::nullopt;
}

void ServiceRate::learn(const ServiceSample& sample) {
  watch(sample);
  const double samples{std::clamp(sample.elapsed_s / slot_seconds, 0.0, samples_max)};
  const double queue{sample.queue.value_or(-1.0)};
  doubted_s_ = std::max(0.0, doubted_s_ - sample.elapsed_s);
  peak_ = std::max(sample.load, peak_ * std::exp2(-sample.elapsed_s / peak_half_life_s));
  // What is worked off is completed beside what arrives.
  const bool drains{queue > 1.0 && queue_ > 1.0
                        ? queue < queue_
                        : sample.load < std::max(0.98 * load_, fallen * peak_)};
  load_ = sample.load;
  const auto lateness{lateness_of(sample)};
  const double done{completed(sample)};
  queue_ = queue;
  if (sample.serving <= 0.0 || sample.load <= 0.0) return;
  const double per_replica{sample.load / sample.serving};
  if (!sample.utilization) {
    if (lateness) learn_from_lateness(sample, *lateness, done, samples, drains);
    return;
  }
  const double utilization{*sample.utilization};
  if (utilization <= 0.0) return;
  has_limit_ = 1.0;
  window_.see(done / sample.serving, utilization,
              utilization > proportional_min && utilization < telling_max, sample.elapsed_s);
  utilization_ = utilization_ <= 0.0 ? utilization
                                     : utilization_ + std::min(1.0, sample.elapsed_s / smoothed_s) *
                                                          (utilization - utilization_);
  if (is_saturated(sample)) {
    // Better than to stand still; saturated, the replicas complete less than what arrives.
    const bool waits_nobody{sample.late.value_or(1.0) < on_time && queue >= 0.0 && queue <= 1.0};
    if (rate_ <= 0.0) {
      rate_ = 0.8 * per_replica;
      doubted_s_ = doubted_for_s;
    } else if (waits_nobody) {
      // One of both is wrong: busy with something else than requests, or zeros that nobody
      // measured.
      contradicted_s_ = 0.0;
    } else {
      learn_saturated(sample, done, samples, drains);
    }
    return;
  }
  contradicted_s_ = 0.0;
  const double counts{sample.load * slot_seconds};
  // The counts of a window are no better than this: a full fleet looks as if it had room at times.
  const double counting{sigmas / std::sqrt(counts)};
  if (!lateness && utilization > std::max(telling_min, 1.0 - counting)) return;
  const bool is_longer{window_.is_longer()};
  const double averaged{window_.work() / utilization};
  const Range seen{.low = is_longer ? averaged : done / (utilization * most_serving()),
                   .high = is_longer ? averaged : done / (utilization * fewest_serving())};
  // While the work changes, a ratio of means of two times is none of a replica's.
  if (!window_.is_current() && rate_ > 0.0) return;
  busiest_ = std::max(busiest_ * std::exp2(-sample.elapsed_s / busiest_half_life_s),
                      std::min(1.0, utilization_));
  if (utilization >= std::max(telling_min, busy_share * busiest_)) {
    idle_s_ = 0.0;
    // Where requests wait, and where no utilization can be higher, fewer may have been completed
    // than came: no rate is as high as it seems.
    const bool is_late{lateness.value_or(0.0) > clearly_late};
    const bool is_higher{evidence_ > 0.0 && seen.low + seen.high > 2.0 * rate_};
    const bool is_far_higher{seen.low > (1.0 + sigmas * drift_.noise(counts)) * rate_};
    if (utilization >= full && is_far_higher) return;
    if (!is_late || !is_higher) learn_telling(sample, seen, samples);
    return;
  }
  // A busier look will tell; until then it is at least this.
  if (rate_ <= 0.0) rate_ = seen.low;
  const bool is_rounded{utilization < telling_min && is_settled()};
  const double margin{is_rounded ? idle_margin_settled : idle_margin};
  learn_idle(seen.low, margin / std::max(0.1, 1.0 - sigmas * drift_.noise(counts)),
             sample.elapsed_s);
}

}  // namespace spillway::autopilot
