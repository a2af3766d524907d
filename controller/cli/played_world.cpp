#include "controller/cli/played_world.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdio>

#include "controller/cli/history_trace.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/measured_world.hpp"
#include "controller/cli/trace_files.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/settings/load_section.hpp"

namespace spillway::cli {

using backtest::World;

namespace {

/// The name asked for, or that of the only workload; complains if neither says one.
std::optional<std::string> workload_name(const settings::Config& config, const std::string& path,
                                         const std::string& name) {
  if (name.empty() && config.workloads.size() == 1) return config.workloads.begin()->first;
  if (config.workloads.contains(name)) return name;
  fmt::print(stderr, "{}: {}\n", path,
             name.empty() ? "several workloads: name one with --workload"
                          : fmt::format("no workload `{}`", name));
  return std::nullopt;
}

Result<std::vector<backtest::LoadTrace>> history_of(const PlayRequest& request) {
  const Error complained{Errc::bad_request, "no history to play"};
  if (request.config.empty()) {
    return Error{Errc::bad_request, "history needs a --config that says whose, and from where"};
  }
  const auto config{load_or_complain(request.config)};
  if (!config) return complained;
  const auto name{workload_name(*config, request.config, request.workload)};
  if (!name) return complained;
  const HistoryQuery query{.workload = *name,
                           .signal = request.signal,
                           .query = request.query,
                           .range = duration_of_seconds(86'400.0 * request.days),
                           .step = std::chrono::seconds{request.step_seconds},
                           .save = request.save};
  auto trace{request.from == PlayRequest::From::journal
                 ? trace_from_journal(*config, query)
                 : trace_from_prometheus(*config, query, progress_bar())};
  if (!trace) return trace.error();
  return std::vector{std::move(*trace)};
}

/// Options of which one would be ignored; empty if there are none.
std::string contradiction_in(const PlayRequest& request) {
  using From = PlayRequest::From;
  if (request.from != From::csv && !request.trace.empty()) {
    return "--trace is a CSV, and --from names another history: leave out one of them";
  }
  if (request.from != From::prometheus && !request.save.empty()) {
    return "--save keeps what Prometheus answers: it needs --from prometheus";
  }
  if (request.from != From::prometheus && !request.query.empty()) {
    return "--query is for Prometheus: it needs --from prometheus";
  }
  return {};
}

/// A figure over thirty days says little if two of them are known.
void tell_gaps(const backtest::Load& load) {
  const auto told{[](double amount_s) { return to_string(duration_of_seconds(amount_s)); }};
  if (load.cut_s > 0.0) {
    fmt::print(stderr, "{}: {} at the ends have no value and are not played; {} are\n", load.name,
               told(load.cut_s), told(static_cast<double>(load.seconds())));
  }
  if (load.interpolated_s > 0.01 * static_cast<double>(load.seconds())) {
    fmt::print(stderr,
               "{}: {} of {} have no value: the load is drawn straight between those before and "
               "after\n",
               load.name, told(load.interpolated_s), told(static_cast<double>(load.seconds())));
  }
}

/// The world of this name, as it stands there.
std::optional<World> named_world(const std::string& name) {
  World world{};
  if (name == "reference") return world;
  const auto errors{settings::load_section(
      name, [&world](Fields& fields) { describe(fields, world); }, settings::ProcessEnvironment{})};
  if (errors.empty()) return world;
  fmt::print(stderr, "{}\n", settings::to_string(errors));
  return std::nullopt;
}

/// The world of the config's workload, with a word on where each figure is from.
std::optional<World> world_by_journal(const PlayRequest& request) {
  if (request.config.empty()) {
    fmt::print(stderr, "--world measured needs a --config that says whose\n");
    return std::nullopt;
  }
  const auto config{load_or_complain(request.config)};
  if (!config) return std::nullopt;
  const auto name{workload_name(*config, request.config, request.workload)};
  if (!name) return std::nullopt;
  const auto measured{measured_world_of(*config, *name)};
  if (!measured) {
    fmt::print(stderr, "{}\n", to_string(measured.error()));
    return std::nullopt;
  }
  fmt::print(stderr, "the world of {}:\n  {}\n", *name, fmt::join(measured->words, "\n  "));
  return measured->world;
}

}  // namespace

std::optional<World> world_of(const PlayRequest& request) {
  if (const std::string wrong{contradiction_in(request)}; !wrong.empty()) {
    fmt::print(stderr, "{}\n", wrong);
    return std::nullopt;
  }
  auto world{request.world == "measured" ? world_by_journal(request) : named_world(request.world)};
  if (!world) return std::nullopt;
  const bool is_history{request.from != PlayRequest::From::csv};
  if (request.scale) {
    world->load.scale = *request.scale;
  } else if (is_history && request.world == "reference") {
    world->load.scale = backtest::LoadWorld::Scale::as_is;
  }
  return world;
}

std::optional<std::vector<backtest::Load>> loads_of(const PlayRequest& request,
                                                    const World& world) {
  const bool is_csv{request.from == PlayRequest::From::csv};
  const auto traces{is_csv ? read_traces(request.trace, request.column) : history_of(request)};
  if (!traces) {
    fmt::print(stderr, "{}\n", is_csv ? traces.error().context : to_string(traces.error()));
    return std::nullopt;
  }
  std::vector<backtest::Load> loads;
  loads.reserve(traces->size());
  for (const backtest::LoadTrace& each : *traces) {
    auto load{backtest::prepare(each, world)};
    if (!load) {
      fmt::print(stderr, "{}\n", load.error().context);
      return std::nullopt;
    }
    tell_gaps(*load);
    loads.push_back(std::move(*load));
  }
  return loads;
}

std::optional<std::pair<std::string, settings::WorkloadConfig>> workload_of(
    const std::string& config, const std::string& name) {
  auto loaded{load_or_complain(config)};
  if (!loaded) return std::nullopt;
  const auto found{workload_name(*loaded, config, name)};
  if (!found) return std::nullopt;
  return std::pair{*found, std::move(loaded->workloads.at(*found))};
}

backtest::Progress progress_bar() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](std::size_t done, std::size_t all) {
    constexpr std::size_t width{30};
    const std::size_t filled{width * done / all};
    fmt::print(stderr, "\r[{:#<{}}{: <{}}] {}/{}{}", "", filled, "", width - filled, done, all,
               done == all ? "\r\x1b[K" : "");
    std::fflush(stderr);
  };
}

int write_report(const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_ok;
  }
  const auto written{io::write_file_atomically(file, text, 0644)};
  if (!written) {
    fmt::print(stderr, "{}\n", to_string(written.error()));
    return exit_error;
  }
  fmt::print(stderr, "written: {}\n", file);
  return exit_ok;
}

}  // namespace spillway::cli
