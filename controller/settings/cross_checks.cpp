#include "controller/settings/cross_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/endpoint.hpp"
#include "controller/settings/check_context.hpp"
#include "controller/settings/mode_checks.hpp"
#include "controller/settings/provider_checks.hpp"
#include "controller/settings/signal_checks.hpp"
#include "controller/settings/traffic_checks.hpp"
#include "controller/settings/wording.hpp"
#include "controller/settings/workload_checks.hpp"

namespace spillway::settings {
namespace {

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void check_virtual_node(CheckContext& context) {
  if (context.config.has_virtual_node && !context.config.has_provider) {
    context.report({"virtual_node"}, "needs a \"provider\": the system that runs its pods");
  }
  const std::vector<std::string>& open_for{context.config.virtual_node.open_for};
  for (std::size_t i{0}; i < open_for.size(); ++i) {
    const std::string index{std::to_string(i)};  // the steps only look at it
    const Steps steps{"virtual_node", "open_for", index};
    context.check_reference(steps, "workload", open_for[i], "workloads",
                            names_of(context.config.workloads));
    if (std::find(open_for.begin(), open_for.begin() + static_cast<std::ptrdiff_t>(i),
                  open_for[i]) != open_for.begin() + static_cast<std::ptrdiff_t>(i)) {
      context.report(steps, fmt::format("{} is listed twice", quoted(open_for[i])));
    }
  }
}

void check_api(CheckContext& context) {
  const ApiConfig& api{context.config.api};
  const auto endpoint{io::parse_endpoint(api.listen, true)};
  if (!endpoint || is_loopback(endpoint->host)) return;
  std::vector<std::string_view> missing;
  if (api.tls_certificate.empty()) missing.push_back("tls_certificate");
  if (api.tls_key.empty()) missing.push_back("tls_key");
  if (api.token.empty()) missing.push_back("token");
  if (missing.empty()) return;
  context.report(
      {"api", "listen"},
      fmt::format("{} can be reached from other machines, which needs TLS and a token; missing "
                  "in \"api\": {}",
                  quoted(api.listen), enumerate(missing)));
}

void check_state(CheckContext& context) {
  const std::string& directory{context.config.state.directory};
  if (directory.empty()) {
    context.report({"state", "directory"},
                   "is empty; expected a directory that survives a restart");
  } else if (directory == "~" || directory.starts_with("~/")) {
    context.report(
        {"state", "directory"},
        fmt::format("{} would be a directory named \"~\": only shells put your home there; "
                    "write the whole path, or ${{HOME}}{}",
                    quoted(directory), directory.substr(1)));
  }
}

void check_traffic_files(CheckContext& context) {
  for (const auto& [name, each] : context.config.traffic) {
    auto fault{file_fault(each, context.environment)};
    if (fault) context.report({"traffic", name, fault->key}, std::move(fault->message));
  }
}

}  // namespace

void check_config(const Config& config, const Node& root, const Environment& environment,
                  Complaints& complaints) {
  CheckContext context{config, root, environment, complaints};
  check_virtual_node(context);
  check_provider_environment(context);
  check_mode(context);
  check_api(context);
  check_state(context);
  if (config.workloads.empty() && !complaints.concern("workloads")) {
    context.report({"workloads"},
                   "there is no workload; expected at least one, here or in an included file");
  }
  check_shared_queries(context);
  check_traffic_files(context);
  WorkloadChecks workloads{context};
  for (const auto& [name, workload] : config.workloads) workloads.check(name, workload);
}

}  // namespace spillway::settings
