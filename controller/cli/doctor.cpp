// `spillway doctor`: asks Azure everything that a burst will need, and creates nothing.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <exception>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/log.hpp"
#include "controller/wiring/wiring.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::cli {
namespace {

constexpr Duration doctor_timeout{std::chrono::minutes{2}};

void print(const std::vector<Finding>& findings, bool is_healthy, Output output) {
  if (output == Output::json) {
    json::array all{};
    for (const Finding& each : findings) {
      all.push_back(json::object{{"check", each.check},
                                 {"subject", each.subject},
                                 {"health", to_string(each.health)},
                                 {"message", each.message},
                                 {"advice", each.advice}});
    }
    json::object page{{"healthy", is_healthy}};
    page["findings"] = std::move(all);
    fmt::print("{}\n", json::serialize(page));
    return;
  }
  Table table{{"CHECK", "HEALTH", "SUBJECT", "MESSAGE"}};
  for (const Finding& each : findings) {
    const std::string advice{each.advice.empty() ? "" : "; " + each.advice};
    table.add(
        {each.check, std::string{to_string(each.health)}, each.subject, each.message + advice});
  }
  fmt::print("{}", table.to_text());
}

}  // namespace

int doctor(const std::string& config_path, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  wiring::Outside outside{};
  const auto provider{wiring::make_provider(outside, *config)};
  if (!provider) {
    fmt::print(stderr, "spillway: {}\n", to_string(provider.error()));
    return exit_usage;
  }
  std::vector<Finding> findings{};
  asio::co_spawn(outside.context,
                 wiring::examine(outside, **provider, *config,
                                 io::deadline_after(outside.clock, doctor_timeout)),
                 [&](const std::exception_ptr& failure, std::vector<Finding> found) {
                   if (failure) std::rethrow_exception(failure);
                   findings = std::move(found);
                   outside.context.stop();
                 });
  outside.context.run();
  bool is_healthy{true};
  for (const Finding& each : findings) {
    if (each.health == Health::failure) is_healthy = false;
  }
  print(findings, is_healthy, output);
  return is_healthy ? exit_ok : exit_error;
}

}  // namespace spillway::cli
