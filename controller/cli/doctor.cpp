// `spillway doctor`: asks the clusters and Azure everything that a burst will need, and creates
// nothing.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/log.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "controller/wiring/former_places.hpp"
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

asio::awaitable<std::vector<Finding>> examine_all(wiring::Outside& outside,
                                                  wiring::Provider* provider,
                                                  const settings::Config& config, Store* store) {
  const auto deadline = io::deadline_after(outside.clock, doctor_timeout);
  auto findings = co_await wiring::examine_clusters(outside, config, deadline);
  if (provider == nullptr) {
    Finding missing{};
    missing.check = "provider";
    missing.health = Health::warning;
    missing.message = "there is no `provider`: nothing can burst";
    findings.push_back(std::move(missing));
    co_return findings;
  }
  const auto of_provider = co_await wiring::examine(outside, *provider, config, deadline);
  findings.insert(findings.end(), of_provider.begin(), of_provider.end());
  if (store == nullptr) co_return findings;
  const auto former = co_await wiring::examine_former_places(*provider, config, *store, deadline);
  findings.insert(findings.end(), former.begin(), former.end());
  co_return findings;
}

/// The state, to read; null where there is none, since nothing has run here yet.
Result<std::unique_ptr<Store>> state_of(const settings::Config& config) {
  auto store{state::open_sqlite_store({.directory = config.state.directory, .is_read_only = true})};
  if (!store && store.error().code == Errc::not_found) return std::unique_ptr<Store>{};
  return store;
}

}  // namespace

int doctor(const std::string& config_path, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  wiring::Outside outside{};
  wiring::ProviderHandle provider{};
  if (config->has_provider) {
    auto made{wiring::make_provider(outside, *config)};
    if (!made) {
      fmt::print(stderr, "spillway: {}\n", to_string(made.error()));
      return exit_usage;
    }
    provider = std::move(*made);
  }
  const auto store{state_of(*config)};
  if (!store) fmt::print(stderr, "spillway: {}\n", to_string(store.error()));
  std::vector<Finding> findings{};
  asio::co_spawn(outside.context,
                 examine_all(outside, provider.get(), *config, store ? store->get() : nullptr),
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
