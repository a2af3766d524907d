// `spillway check`: reads the config, says everything that is wrong with it, runs the tests that it
// holds, and touches nothing.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <iterator>
#include <string>
#include <variant>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/remarks.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/load_config.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

std::vector<std::string> all_remarks(const settings::Config& config,
                                     const settings::Environment& environment) {
  std::vector<std::string> all{remarks_on(config)};
  std::ranges::move(missing_to_run(config, environment), std::back_inserter(all));
  return all;
}

}  // namespace

int check(const std::string& config_path, Output output) {
  const settings::ProcessEnvironment environment{};
  const auto loaded{settings::load_config(config_path, environment, settings::Tests::run)};
  const auto* errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)};
  if (output == Output::json) {
    json::array all{};
    if (errors) {
      for (const settings::ConfigError& error : *errors) {
        all.push_back(json::object{{"file", error.file},
                                   {"line", error.line},
                                   {"column", error.column},
                                   {"path", error.path},
                                   {"message", error.message}});
      }
    }
    json::array remarks{};
    if (const auto* valid{std::get_if<settings::Config>(&loaded)}) {
      for (const std::string& remark : all_remarks(*valid, environment)) {
        remarks.emplace_back(remark);
      }
    }
    json::object page{{"valid", errors == nullptr}};
    page["errors"] = std::move(all);
    page["remarks"] = std::move(remarks);
    fmt::print("{}\n", json::serialize(page));
    return errors ? exit_usage : exit_ok;
  }
  if (errors) {
    fmt::print(stderr, "{}\n{}: {} error{}\n", settings::to_string(*errors), config_path,
               errors->size(), errors->size() == 1 ? "" : "s");
    return exit_usage;
  }
  const auto& config{std::get<settings::Config>(loaded)};
  std::size_t tests{0};
  for (const auto& [name, workload] : config.workloads) tests += workload.tests.size();
  fmt::print("{}: ok, mode {}, {} workload{}{}\n", config_path, to_string(config.mode),
             config.workloads.size(), config.workloads.size() == 1 ? "" : "s",
             tests == 0 ? "" : fmt::format(", {} test{} passed", tests, tests == 1 ? "" : "s"));
  for (const std::string& count : counts_as_read(config)) fmt::print("  {}\n", count);
  for (const std::string& remark : all_remarks(config, environment)) {
    fmt::print("! {}\n", remark);
  }
  return exit_ok;
}

}  // namespace spillway::cli
