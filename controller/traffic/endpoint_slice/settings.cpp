#include "controller/traffic/endpoint_slice/settings.hpp"

namespace spillway::endpoint_slice {

namespace {

constexpr std::string_view placeholder{"{{workload}}"};

bool is_service(std::string_view text) {
  const std::size_t slash{text.find('/')};
  return !text.empty() && text.find_first_of(" \t?#%") == std::string_view::npos && slash != 0 &&
         (slash == std::string_view::npos || text.find('/', slash + 1) == std::string_view::npos);
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.section(
      "connection", [&](Fields& inner) { kubernetes::describe(inner, settings.connection); },
      "The API server, and who we are there. Left out: as kubectl finds it.");
  fields.text("namespace", settings.name_space, {.max_length = 63},
              "Namespace of the Service. Left out: that of the kubeconfig's context, else "
              "`default`.");
  fields.text("service", settings.service,
              {.max_length = 253,
               .expected = "[NAMESPACE/]NAME, where {{workload}} stands for the workload's name",
               .is_valid = is_service},
              "The Service that gets burst replicas beside its own pods. {{workload}} stands for "
              "the workload's name.");
  fields.text("port_name", settings.port_name, {.max_length = 63},
              "Name of the Service's port that burst replicas serve. Left out: its first.");
  fields.duration("share_listing", settings.share_listing, {.max = std::chrono::minutes{1}},
                  "One listing of our slices serves all workloads for this long.");
}

std::string service_of(const Settings& settings, std::string_view workload) {
  std::string service{settings.service};
  const std::size_t at{service.find(placeholder)};
  if (at != std::string::npos) service.replace(at, placeholder.size(), workload);
  return service;
}

bool spans_namespaces(const Settings& settings) {
  const std::size_t at{settings.service.find(placeholder)};
  const std::size_t slash{settings.service.find('/')};
  return at != std::string::npos && slash != std::string::npos && at < slash;
}

}  // namespace spillway::endpoint_slice
