// What each workload asks of the rest of the config, and of the other workloads: no two look after
// one service, or fill one backend.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

/// Lower case letters, digits and single hyphens, beginning with a letter, at most 40: part of
/// group names, tags, labels and host names.
bool is_workload_name(std::string_view text);

/// Remembers what the workloads checked so far have taken.
class WorkloadChecks {
 public:
  explicit WorkloadChecks(CheckContext& context) : context_{context} {}

  void check(const std::string& name, const WorkloadConfig& workload);

 private:
  void check_cluster(const std::string& name, const WorkloadConfig& workload);
  void check_service(const std::string& name, const WorkloadConfig& workload);
  void check_traffic(const std::string& name, const WorkloadConfig& workload);

  CheckContext& context_;
  std::map<std::pair<std::string, std::string>, std::string> services_{};
  std::map<std::string, std::string> single_backends_{};
};

}  // namespace spillway::settings
