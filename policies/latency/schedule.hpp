// Replicas by the clock: for every window of the config, opened by a cron expression in a time zone
// and closed after a duration, at least so many replicas.
//
//   open   while  last firing of `cron` <= now + `ahead` < last firing + `duration`
//   floor  = the highest `replicas` of the open windows, 0 if none is open
//
// Example: `cron: 0 8 * * mon-fri, duration: 10h, time_zone: Europe/Berlin, replicas: 20`: at 06:00
// UTC in summer, 07:00 UTC in winter, at least 20 replicas; `ahead: 2m` has them two minutes
// before. A duration is elapsed time: 10 h stay 10 h when the clocks change in between. A start
// that the change skips (02:30 in March) is at the change, one that comes twice (02:30 in October)
// is the first of the two. Needs no reading, so blindness does not close a window. Source: KEDA's
// cron scaler and Azure's schedules, both of which take a begin and an end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/attachment.hpp"
#include "policies/latency/cron.hpp"
#include "policies/latency/time_zone.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct ScheduleWindow {
  std::string cron{};
  Duration duration{std::chrono::hours{1}};
  std::string time_zone{"UTC"};
  int replicas{0};
  TimeZone zone{};  ///< the rules of `time_zone`, attached when the config is loaded
};

struct ScheduleSettings {
  std::vector<ScheduleWindow> windows{};
  Duration ahead{};
};

void describe(Fields& fields, ScheduleSettings& settings);

/// The zones that the windows name.
std::vector<Attachment> attachments(const ScheduleSettings& settings);
std::optional<AttachmentProblem> attach(ScheduleSettings& settings, const Attachment& attachment,
                                        const std::string& bytes);

class Schedule final : public Policy {
 public:
  using Settings = ScheduleSettings;
  static constexpr std::string_view type{"schedule"};
  static constexpr std::string_view help{"At least so many replicas in windows of time."};

  explicit Schedule(Settings settings);

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  struct Window {
    Cron cron;
    ScheduleWindow settings;
  };
  std::vector<Window> windows_{};
  Duration ahead_;
};

}  // namespace spillway
