#include "tests/integration/real_programs.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>

namespace json = boost::json;

namespace spillway::testing {
namespace {

/// Tests may run side by side, so each process takes ranges of its own: twelve clouds of 20
/// addresses in one, and twelve in the next. By then the first is gone, and its range is free
/// again.
std::string next_addresses() {
  constexpr int in_a_range{12};
  const int id{static_cast<int>(::getpid())};
  static int next{0};
  const int range{next / in_a_range};
  const int first{1 + 20 * (next % in_a_range)};
  next = (next + 1) % (2 * in_a_range);
  return fmt::format("127.{}.{}.{}", 60 + id % 90 + 90 * range, (id / 90) % 250, first);
}

}  // namespace

std::string program(const char* variable) {
  const char* path{std::getenv(variable)};
  REQUIRE_MESSAGE(path, "run this through `meson test`, which says where the programs are");
  return path;
}

EmulatedCloud::EmulatedCloud(const ScratchDirectory& directory, std::string_view workload_options,
                             const EmulatedImage& image)
    : record_{(directory.path() / "exchanges.jsonl").string()} {
  const std::string config{directory.write(
      "emulator.yaml", fmt::format(R"yaml(
images:
  "{}":
    command: ["{}", --listen, "{{ip}}:{{port}}", {}]
    allow_command: {}
start: {{median_seconds: 2, sigma: 0.2}}
delete_seconds: 1
resource_groups: [spillway, other]
addresses: {}
)yaml",
                                   image.name, program("DEMO_WORKLOAD"), workload_options,
                                   image.allows_command, next_addresses()))};
  process_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{program("ACI_EMULATOR"), "--listen", "127.0.0.1:0", "--backend",
                               "process", "--config", config, "--record", record_});
  REQUIRE(wait_until([&] { return process_->standard_output().ends_with('\n'); }));
  url_ = process_->standard_output();
  url_.pop_back();
}

std::vector<EmulatedCloud::Exchange> EmulatedCloud::exchanges() const {
  std::vector<Exchange> all{};
  std::ifstream file{record_};
  for (std::string line{}; std::getline(file, line);) {
    boost::system::error_code unfinished{};
    const json::value exchange = json::parse(line, unfinished);
    if (unfinished) break;  // the last line may be half written
    const json::value& request = exchange.at("request");
    const std::string url{request.at("url").as_string()};
    const std::string method{request.at("method").as_string()};
    all.push_back({.method = method, .path = url.substr(0, url.find('?'))});
  }
  return all;
}

std::string EmulatedCloud::provider_section() const {
  return fmt::format(R"yaml(
provider:
  type: aci
  endpoint: {0}
  authority: {0}
  subscription: 00000000-0000-0000-0000-000000000000
  resource_group: spillway
  region: eastus
  tenant: 11111111-1111-1111-1111-111111111111
  client_id: 22222222-2222-2222-2222-222222222222
  client_secret: emulator-secret
)yaml",
                     url_);
}

std::unique_ptr<ChildProcess> SpillwayProgram::start() const {
  return std::make_unique<ChildProcess>(
      std::vector<std::string>{program("SPILLWAY"), "run", "--config", config_path_});
}

std::pair<std::string, int> SpillwayProgram::command(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), program("SPILLWAY"));
  ChildProcess child{std::move(arguments)};
  REQUIRE(child.wait_for_exit());
  return {child.standard_output() + child.standard_error(), *child.exit_code()};
}

json::value SpillwayProgram::status() const {
  const std::string api{fmt::format("http://127.0.0.1:{}", api_port_)};
  const auto answer{command({"status", "-o", "json", "--api", api})};
  if (answer.second != 0) return nullptr;
  return json::parse(answer.first).at("workloads").at(0);
}

std::vector<std::string> SpillwayProgram::groups_in(std::string_view phase) const {
  const json::value page = status();
  std::vector<std::string> names{};
  if (page.is_null()) return names;
  for (const json::value& group : page.at("groups").as_array()) {
    if (group.at("phase").as_string() == phase) names.emplace_back(group.at("id").as_string());
  }
  std::ranges::sort(names);
  return names;
}

int SpillwayProgram::count_in(std::string_view phase) const {
  const json::value page = status();
  if (page.is_null()) return -1;
  return static_cast<int>(std::ranges::count_if(
      page.at("groups").as_array(),
      [&](const json::value& group) { return group.at("phase").as_string() == phase; }));
}

}  // namespace spillway::testing
