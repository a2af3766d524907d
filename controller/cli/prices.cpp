// `spillway prices`: reads Azure's list prices for the regions of the config. Kept in a file, they
// are what the controller counts with from its next start or reload on.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <exception>
#include <optional>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/io/log.hpp"
#include "controller/wiring/wiring.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::cli {
namespace {

constexpr Duration fetch_timeout{std::chrono::minutes{2}};

void print(const aci::PriceBook& book, Output output) {
  json::array rows{};
  Table table{{"REGION", "KIND", "VCPU/H", "GB/H", "AS OF", "SOURCE"}};
  for (const auto& [key, quote] : book.quotes()) {
    const std::string kind{to_string(key.second)};
    rows.push_back(json::object{{"region", key.first},
                                {"kind", kind},
                                {"vcpu_hour", quote.rates.vcpu_hour},
                                {"memory_gb_hour", quote.rates.memory_gb_hour},
                                {"as_of", to_string(quote.as_of)},
                                {"source", quote.source}});
    table.add({key.first, kind, fmt::format("{:.6f}", quote.rates.vcpu_hour),
               fmt::format("{:.6f}", quote.rates.memory_gb_hour), to_string(quote.as_of),
               quote.source});
  }
  if (output == Output::json) {
    fmt::print("{}\n", json::serialize(rows));
  } else {
    fmt::print("{}", table.to_text());
  }
}

}  // namespace

int prices(const std::string& config_path, const std::string& file, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  wiring::Outside outside{};
  std::optional<Result<aci::PriceBook>> fetched{};
  asio::co_spawn(
      outside.context,
      wiring::fetch_prices(outside, *config, io::deadline_after(outside.clock, fetch_timeout)),
      [&](const std::exception_ptr& failure, Result<aci::PriceBook> book) {
        if (failure) std::rethrow_exception(failure);
        fetched = std::move(book);
        outside.context.stop();
      });
  outside.context.run();
  auto book{wiring::read_prices(*config)};
  if (!book) book = aci::PriceBook{};  // a damaged table is what a new one replaces
  if (*fetched) book->merge(**fetched);
  print(*book, output);
  if (!*fetched) {
    fmt::print(stderr, "spillway: {}\n", to_string(fetched->error()));
    return exit_error;
  }
  if (file.empty()) return exit_ok;
  const auto written{io::write_file_atomically(file, book->to_table(), 0644)};
  if (written) return exit_ok;
  fmt::print(stderr, "spillway: {}\n", to_string(written.error()));
  return exit_error;
}

}  // namespace spillway::cli
