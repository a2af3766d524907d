// `spillway sweep`: finds groups that are ours by tag and in no record, and removes them. The
// controller does so by itself; this is for the day after it was uninstalled.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <exception>
#include <set>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/log.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "controller/wiring/wiring.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::cli {
namespace {

constexpr Duration sweep_timeout{std::chrono::minutes{2}};

struct Sweep {
  std::vector<ProviderGroup> orphans{};
  std::vector<Error> errors{};
  int removed{0};
};

asio::awaitable<void> sweep_all(BurstProvider& provider, io::Clock& clock,
                                std::set<GroupId> recorded, bool is_dry_run, Sweep& sweep) {
  const auto deadline = io::deadline_after(clock, sweep_timeout);
  const auto listed = co_await provider.list(deadline);
  if (!listed) {
    sweep.errors.push_back(listed.error());
    co_return;
  }
  for (const Unlisted& each : listed->unlisted) sweep.errors.push_back(each.error);
  for (const ProviderGroup& group : listed->groups) {
    if (recorded.contains(group.id)) continue;
    sweep.orphans.push_back(group);
    if (is_dry_run) continue;
    const auto removed = co_await provider.remove(group.id, deadline);
    const bool is_gone{removed || removed.error().code == Errc::not_found};
    if (is_gone) ++sweep.removed;
    if (!is_gone) sweep.errors.push_back(removed.error());
  }
}

void print(const Sweep& sweep, bool is_dry_run, Output output) {
  if (output == Output::json) {
    json::array all{};
    for (const ProviderGroup& group : sweep.orphans) {
      all.push_back(json::object{{"id", group.id.name},
                                 {"place", to_string(group.place)},
                                 {"workload", group.tags.workload},
                                 {"created_at", to_string(group.tags.created_at)}});
    }
    json::object page{{"removed", sweep.removed}, {"dry_run", is_dry_run}};
    page["orphans"] = std::move(all);
    fmt::print("{}\n", json::serialize(page));
    return;
  }
  Table table{{"GROUP", "PLACE", "WORKLOAD", "CREATED"}};
  for (const ProviderGroup& group : sweep.orphans) {
    table.add({group.id.name, to_string(group.place), group.tags.workload,
               to_string(group.tags.created_at)});
  }
  if (!sweep.orphans.empty()) fmt::print("{}", table.to_text());
  fmt::print("{} orphan{}, {} removed{}\n", sweep.orphans.size(),
             sweep.orphans.size() == 1 ? "" : "s", sweep.removed, is_dry_run ? " (dry run)" : "");
}

}  // namespace

int sweep(const std::string& config_path, bool is_dry_run, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  wiring::Outside outside{};
  const auto provider{wiring::make_provider(outside, *config)};
  if (!provider) {
    fmt::print(stderr, "spillway: {}\n", to_string(provider.error()));
    return exit_usage;
  }
  // Removing takes the lock: a running controller may be about to record what looks unowned.
  const auto store{
      state::open_sqlite_store({.directory = config->state.directory, .is_read_only = is_dry_run})};
  if (!store) {
    fmt::print(stderr, "spillway: {}\n", to_string(store.error()));
    return exit_error;
  }
  const auto records{(*store)->open_groups()};
  if (!records) {
    fmt::print(stderr, "spillway: {}\n", to_string(records.error()));
    return exit_error;
  }
  std::set<GroupId> recorded{};
  for (const GroupRecord& record : *records) recorded.insert(record.id);

  Sweep result{};
  asio::co_spawn(outside.context,
                 sweep_all(wiring::burst_provider(**provider), outside.clock, std::move(recorded),
                           is_dry_run, result),
                 [&](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                   outside.context.stop();
                 });
  outside.context.run();
  for (const Error& error : result.errors) {
    fmt::print(stderr, "spillway: {}\n", to_string(error));
  }
  if (result.errors.empty() || !result.orphans.empty()) print(result, is_dry_run, output);
  return result.errors.empty() ? exit_ok : exit_error;
}

}  // namespace spillway::cli
