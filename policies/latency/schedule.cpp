#include "policies/latency/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway {
namespace {

bool is_cron(std::string_view text) {
  return Cron::parse(text).has_value();
}

}  // namespace

void describe(Fields& fields, ScheduleWindow& window) {
  fields.text(
      "cron", window.cron,
      {.presence = Presence::required,
       .max_length = 256,
       .expected = "five fields (minute hour day month weekday) such as 0 8 * * mon-fri, on "
                   "days that exist",
       .is_valid = is_cron},
      "When the window opens.");
  fields.duration("duration", window.duration,
                  {.min = std::chrono::minutes{1}, .max = std::chrono::hours{24 * 31}},
                  "How long it stays open.");
  fields.text("time_zone", window.time_zone,
              {.max_length = 64,
               .expected = "a name such as Europe/Berlin or UTC",
               .is_valid = is_zone_name},
              "Whose clocks `cron` means.");
  fields.count("replicas", window.replicas, {.max = 1'000'000, .presence = Presence::required},
               "At least so many while it is open, base and burst together.");
}

void describe(Fields& fields, ScheduleSettings& settings) {
  list_of(fields, "windows", settings.windows, Presence::required,
          "Windows of time; where several are open the highest count holds.");
  fields.duration(
      "ahead", settings.ahead, {.max = std::chrono::hours{24}},
      "How long before a window opens its replicas are asked for: about the time that a "
      "start takes.");
}

std::vector<Attachment> attachments(const ScheduleSettings& settings) {
  std::vector<Attachment> wanted{};
  for (std::size_t i{0}; i < settings.windows.size(); ++i) {
    if (settings.windows[i].time_zone == "UTC") continue;
    wanted.push_back({.kind = Attachment::Kind::time_zone,
                      .name = settings.windows[i].time_zone,
                      .key = fmt::format("windows[{}].time_zone", i)});
  }
  return wanted;
}

std::optional<AttachmentProblem> attach(ScheduleSettings& settings, const Attachment& attachment,
                                        const std::string& bytes) {
  ParsedZone parsed{parse_tzif(bytes)};
  if (!parsed.zone) {
    return AttachmentProblem{
        .message = fmt::format("the file of the time zone {} {}", attachment.name, parsed.problem)};
  }
  for (ScheduleWindow& window : settings.windows) {
    if (window.time_zone == attachment.name) window.zone = *parsed.zone;
  }
  return std::nullopt;
}

Schedule::Schedule(Settings settings) : ahead_{settings.ahead} {
  for (ScheduleWindow& window : settings.windows) {
    // The config was checked when it was read; a window without a valid expression never opens.
    if (auto cron{Cron::parse(window.cron)}) windows_.push_back({*cron, std::move(window)});
  }
}

Recommendation Schedule::recommend(const Snapshot& now, const History&) const {
  const TimePoint at{now.taken_at + ahead_};
  Recommendation asked{.policy = std::string{type},
                       .floor = 0_replicas,
                       .because = Because::scheduled,
                       .words = "no window is open"};
  for (const Window& window : windows_) {
    const auto opened{last_firing(window.cron, window.settings.zone, at, window.settings.duration)};
    if (!opened || at >= *opened + window.settings.duration) continue;
    const Replicas wanted{window.settings.replicas};
    if (wanted < *asked.floor) continue;
    asked.floor = wanted;
    asked.words = fmt::format("\"{}\" ({}) asks for {} from {} to {}", window.settings.cron,
                              window.settings.time_zone, wanted.count, to_string(*opened),
                              to_string(*opened + window.settings.duration));
  }
  return asked;
}

}  // namespace spillway
