#include "controller/settings/attachments.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spillway::settings {
namespace {

/// `windows[1].time_zone` as the steps windows, 1, time_zone.
std::vector<std::string> steps_of(std::string_view key) {
  std::vector<std::string> steps{""};
  for (const char c : key) {
    if (c == ']') continue;
    if (c == '.' || c == '[') {
      steps.emplace_back();
    } else {
      steps.back().push_back(c);
    }
  }
  return steps;
}

/// Where the path of a script starts from.
enum class Beside { config_file, working_directory };

class Attacher {
 public:
  Attacher(const Node& root, const Environment& environment, Complaints& complaints,
           Beside beside = Beside::config_file)
      : root_{root}, environment_{environment}, complaints_{complaints}, beside_{beside} {}

  /// `section` are the steps to the workload's own section.
  void attach_all(WorkloadConfig& workload, std::vector<std::string> section) {
    section.emplace_back("policies");
    attach_list(workload.policies, section);
    section.back() = "shadow";
    section.emplace_back("policies");
    attach_list(workload.shadow.policies, section);
  }

  /// `section` are the steps to the policy's own section.
  void attach(PolicyDraft& draft, const std::vector<std::string>& section) {
    std::vector<std::string_view> steps(section.begin(), section.end());
    if (complaints_.concern(locate(root_, steps).path)) return;
    for (const Attachment& attachment : draft.attachments()) {
      const std::vector<std::string> key{steps_of(attachment.key)};
      std::vector<std::string_view> all{steps};
      all.insert(all.end(), key.begin(), key.end());
      hand_over(draft, attachment, locate(root_, all));
    }
  }

 private:
  void attach_list(const std::vector<std::shared_ptr<PolicyDraft>>& drafts,
                   const std::vector<std::string>& section) {
    for (std::size_t i{0}; i < drafts.size(); ++i) {
      if (!drafts[i]) continue;
      std::vector<std::string> steps{section};
      steps.push_back(fmt::format("{}", i));
      attach(*drafts[i], steps);
    }
  }

  void hand_over(PolicyDraft& draft, const Attachment& attachment, const Place& place) {
    const bool is_script{attachment.kind == Attachment::Kind::script};
    const std::string path{is_script ? script_path(attachment.name, place)
                                     : zone_path(attachment.name)};
    const auto bytes{
        environment_.read_file(path, is_script ? script_bytes_max : time_zone_bytes_max)};
    if (!bytes) {
      complaints_.report(
          place.mark, place.path,
          is_script ? fmt::format("cannot read {}: {}", quoted(path), bytes.error().context)
                    : fmt::format("there is no time zone {} ({}: {}); expected a name such as "
                                  "Europe/Berlin",
                                  quoted(attachment.name), path, bytes.error().context));
      return;
    }
    const auto problem{draft.attach(attachment, *bytes)};
    if (!problem) return;
    if (!is_script || problem->line == 0) {
      complaints_.report(place.mark, place.path, problem->message);
      return;
    }
    const auto [file, is_new]{files_.try_emplace(path)};
    if (is_new) file->second = complaints_.add_file(path);
    complaints_.report({.file = file->second, .line = problem->line, .column = 1}, place.path,
                       problem->message);
  }

  std::string script_path(const std::string& name, const Place& place) const {
    if (beside_ == Beside::working_directory) return name;
    return relative_to_file(complaints_.file_name(place.mark.file), name);
  }

  std::string zone_path(const std::string& name) const {
    return environment_.variable("TZDIR").value_or("/usr/share/zoneinfo") + "/" + name;
  }

  const Node& root_;
  const Environment& environment_;
  Complaints& complaints_;
  Beside beside_;
  std::map<std::string, std::size_t> files_{};
};

}  // namespace

void attach_to_policies(Config& config, const Node& root, const Environment& environment,
                        Complaints& complaints) {
  Attacher attacher{root, environment, complaints};
  for (auto& [name, workload] : config.workloads) {
    attacher.attach_all(workload, {"workloads", name});
  }
}

void attach_to_policies(WorkloadConfig& workload, const Node& root, const Environment& environment,
                        Complaints& complaints) {
  Attacher{root, environment, complaints}.attach_all(workload, {});
}

void attach_to_policy(PolicyDraft& policy, const Node& root, const Environment& environment,
                      Complaints& complaints) {
  Attacher{root, environment, complaints, Beside::working_directory}.attach(policy, {});
}

}  // namespace spillway::settings
