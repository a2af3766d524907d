#include "controller/virtual_node/settings.hpp"

#include <algorithm>

namespace spillway::virtual_node {

namespace {

bool is_node_name(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), is_legal);
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.section(
      "connection", [&](Fields& inner) { kubernetes::describe(inner, settings.connection); },
      "The API server, and who we are there. Left out: as kubectl finds it.");
  fields.text("name", settings.name,
              {.max_length = 63,
               .expected = "1 to 63 lower case letters, digits and hyphens",
               .is_valid = is_node_name},
              "Name of the node.");
  fields.count("vcpu", settings.vcpu, {.min = 1, .max = 100'000},
               "vCPUs that the node says it has: the most that the scheduler places there.");
  fields.memory_gb("memory", settings.memory_gb, {.min = 1.0, .max = 1e6},
                   "Memory that the node says it has.");
  fields.count("pods", settings.pods, {.min = 1, .max = 5000},
               "Pods that the node takes: below the quota of container groups.");
  fields.text("taint_value", settings.taint_value,
              {.max_length = 63,
               .expected = "1 to 63 lower case letters, digits and hyphens",
               .is_valid = is_node_name},
              "Value of the taint virtual-kubelet.io/provider, which pods must tolerate (effect "
              "NoSchedule).");
  fields.duration(
      "close_after", settings.close_after,
      {.min = std::chrono::seconds{1}, .max = std::chrono::hours{24}},
      "The node is closed to new pods once no pod has waited for a place for this long.");
  fields.duration("interval", settings.interval,
                  {.min = std::chrono::milliseconds{200}, .max = std::chrono::minutes{1}},
                  "How often container groups are looked at.");
  fields.duration("start_limit", settings.start_limit,
                  {.min = std::chrono::seconds{10}, .max = std::chrono::hours{1}},
                  "A pod whose group does not run after this fails, so that its owner makes "
                  "another.");
}

}  // namespace spillway::virtual_node
