// `spillway sweep`: finds groups that are ours by tag and in no record, and standby pools that no
// workload of the config keeps, and removes them. The controller does so by itself; this is for the
// day after it was uninstalled. What it does not know it leaves: groups younger than `reap_after`,
// and everything where the records are missing.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/log.hpp"
#include "controller/loop/standby_keeper.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "controller/wiring/former_places.hpp"
#include "controller/wiring/wiring.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::cli {
namespace {

constexpr Duration sweep_timeout{std::chrono::minutes{2}};

struct Sweep {
  std::vector<ProviderGroup> orphans{};
  std::vector<OwnPool> pools{};  ///< orphans as well
  int young{0};  ///< unrecorded too, and left alone: a controller may be about to record them
  std::vector<Error> errors{};
  std::vector<Error> notes{};  ///< worth a word, and no failure
  int removed{0};

  std::size_t found() const { return orphans.size() + pools.size(); }
};

asio::awaitable<void> find_orphans(BurstProvider& provider, io::Clock& clock,
                                   const std::set<GroupId>& recorded, Duration min_age,
                                   Sweep& sweep) {
  const auto listed = co_await provider.list(io::deadline_after(clock, sweep_timeout));
  if (!listed) {
    sweep.errors.push_back(listed.error());
    co_return;
  }
  for (const Unlisted& each : listed->unlisted) sweep.errors.push_back(each.error);
  for (const ProviderGroup& group : listed->groups) {
    if (recorded.contains(group.id) || group.provisioning == Provisioning::deleting) continue;
    if (clock.now() - group.tags.created_at < min_age) {
      ++sweep.young;
    } else {
      sweep.orphans.push_back(group);
    }
  }
}

/// Pools that nobody wants: `kept` are the workloads that have one. Elsewhere than the settings say
/// no pool is wanted.
asio::awaitable<void> find_pools(StandbyPools& standby, io::Clock& clock,
                                 const std::set<std::string>& kept, bool uses_pools, Sweep& sweep) {
  const auto listed = co_await standby.list_pools(io::deadline_after(clock, sweep_timeout));
  if (!listed) {
    // A role for groups alone is enough where nothing is kept warm.
    const bool is_no_matter{listed.error().code == Errc::denied && !uses_pools};
    (is_no_matter ? sweep.notes : sweep.errors).push_back(listed.error());
    co_return;
  }
  for (const OwnPool& pool : *listed) {
    if (pool.is_former || !kept.contains(pool.workload)) sweep.pools.push_back(pool);
  }
}

asio::awaitable<void> remove_pools(StandbyPools& standby, io::Clock& clock, Sweep& sweep) {
  const auto deadline = io::deadline_after(clock, sweep_timeout);
  for (const OwnPool& pool : sweep.pools) {
    const auto removed = co_await standby.remove_pool(pool, deadline);
    if (removed) ++sweep.removed;
    if (!removed) sweep.errors.push_back(removed.error());
  }
}

asio::awaitable<void> remove_orphans(BurstProvider& provider, io::Clock& clock, Sweep& sweep) {
  const auto deadline = io::deadline_after(clock, sweep_timeout);
  for (const ProviderGroup& group : sweep.orphans) {
    const auto removed = co_await provider.remove(group.id, deadline);
    const bool is_gone{removed || removed.error().code == Errc::not_found};
    if (is_gone) ++sweep.removed;
    if (!is_gone) sweep.errors.push_back(removed.error());
  }
}

void run_to_end(asio::io_context& context, asio::awaitable<void> work) {
  asio::co_spawn(context, std::move(work), [&context](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
    context.stop();
  });
  context.restart();
  context.run();
}

json::object page_of(const Sweep& sweep, bool is_dry_run) {
  json::array all{};
  for (const ProviderGroup& group : sweep.orphans) {
    all.push_back(json::object{{"id", group.id.name},
                               {"place", to_string(group.place)},
                               {"workload", group.tags.workload},
                               {"created_at", to_string(group.tags.created_at)}});
  }
  json::object page{
      {"removed", sweep.removed}, {"dry_run", is_dry_run}, {"too_young", sweep.young}};
  page["orphans"] = std::move(all);
  json::array pools{};
  for (const OwnPool& pool : sweep.pools) {
    pools.push_back(json::object{{"name", pool.name},
                                 {"subscription", pool.subscription},
                                 {"resource_group", pool.resource_group},
                                 {"workload", pool.workload}});
  }
  page["standby_pools"] = std::move(pools);
  return page;
}

void print_orphans(const Sweep& sweep) {
  Table table{{"GROUP", "PLACE", "WORKLOAD", "CREATED"}};
  for (const ProviderGroup& group : sweep.orphans) {
    table.add({group.id.name, to_string(group.place), group.tags.workload,
               to_string(group.tags.created_at)});
  }
  for (const OwnPool& pool : sweep.pools) {
    table.add({"standby pool " + pool.name, pool.subscription + " " + pool.resource_group,
               pool.workload, "-"});
  }
  if (sweep.found() > 0) fmt::print("{}", table.to_text());
}

void print_totals(const Sweep& sweep, bool is_dry_run) {
  const std::string young{
      sweep.young > 0 ? fmt::format(", {} too young to judge (--min-age)", sweep.young) : ""};
  fmt::print("{} orphan{}, {} removed{}{}\n", sweep.found(), sweep.found() == 1 ? "" : "s",
             sweep.removed, is_dry_run ? " (dry run)" : "", young);
}

/// Asks at a terminal. Elsewhere nobody can answer, so that `--yes` has to say it.
bool is_confirmed(std::size_t count) {
  if (::isatty(STDIN_FILENO) == 0) {
    fmt::print(
        stderr,
        "spillway: removing {} groups and standby pools needs --yes where nobody can be asked; "
        "--dry-run lists them\n",
        count);
    return false;
  }
  fmt::print("Remove {} group{} or standby pool{}? Only `yes` is taken for an answer: ", count,
             count == 1 ? "" : "s", count == 1 ? "" : "s");
  std::fflush(stdout);
  std::string answer{};
  std::getline(std::cin, answer);
  return answer == "yes";
}

using Lock = std::unique_ptr<Store>;

/// The recorded groups, and the lock that keeps a controller from starting meanwhile. From then on
/// `provider` also looks where the controller has been before.
Result<std::pair<std::set<GroupId>, Lock>> read_records(const settings::Config& config,
                                                        const SweepRequest& request,
                                                        wiring::Provider& provider) {
  std::pair<std::set<GroupId>, Lock> records{};
  if (request.is_without_state) return records;
  const auto there{
      state::open_sqlite_store({.directory = config.state.directory, .is_read_only = true})};
  if (!there && there.error().code == Errc::not_found) {
    return Error{Errc::not_found,
                 fmt::format("there is no state in {}, so that every group of owner {} would count "
                             "as unrecorded; go to where the controller runs, or add "
                             "--without-state if it is gone for good",
                             config.state.directory, config.owner)};
  }
  if (!there) return there.error();
  auto store{request.is_dry_run ? Result<Lock>{nullptr}
                                : state::open_sqlite_store({.directory = config.state.directory})};
  if (!store) return store.error();
  Store& known{*store ? **store : **there};
  const auto open{known.open_groups()};
  if (!open) return open.error();
  const auto looks{wiring::look_in_former_places(provider, config, known)};
  if (!looks) return looks.error();
  for (const GroupRecord& record : *open) records.first.insert(record.id);
  records.second = std::move(*store);
  return records;
}

/// Workloads that have a standby pool as the settings are.
std::set<std::string> kept_warm(const settings::Config& config) {
  std::set<std::string> names{};
  for (const auto& [name, workload] : config.workloads) {
    if (wants_standby(workload.standby)) names.insert(name);
  }
  return names;
}

}  // namespace

int sweep(const std::string& config_path, const SweepRequest& request, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  wiring::Outside outside{};
  const auto provider{wiring::make_provider(outside, *config)};
  if (!provider) {
    fmt::print(stderr, "spillway: {}\n", to_string(provider.error()));
    return exit_usage;
  }
  const auto records{read_records(*config, request, **provider)};
  if (!records) {
    fmt::print(stderr, "spillway: {}\n", to_string(records.error()));
    return exit_error;
  }
  BurstProvider& cloud{wiring::burst_provider(**provider)};
  const Duration min_age{request.min_age.count() < 0 ? config->reap_after : request.min_age};

  Sweep result{};
  StandbyPools& standby{wiring::standby_pools(**provider)};
  const std::set<std::string> warm{kept_warm(*config)};
  // If the controller is gone for good nobody needs them any more.
  const std::set<std::string> kept{request.is_without_state ? std::set<std::string>{} : warm};
  run_to_end(outside.context, find_orphans(cloud, outside.clock, records->first, min_age, result));
  run_to_end(outside.context, find_pools(standby, outside.clock, kept, !warm.empty(), result));
  const bool is_table{output == Output::table};
  if (is_table) print_orphans(result);
  if (!request.is_dry_run && result.found() > 0) {
    if (!request.is_confirmed && !is_confirmed(result.found())) return exit_usage;
    run_to_end(outside.context, remove_orphans(cloud, outside.clock, result));
    run_to_end(outside.context, remove_pools(standby, outside.clock, result));
  }
  for (const Error& note : result.notes) {
    fmt::print(stderr, "spillway: standby pools are not looked for: {}\n", to_string(note));
  }
  for (const Error& error : result.errors) {
    fmt::print(stderr, "spillway: {}\n", to_string(error));
  }
  const bool has_listed{result.errors.empty() || result.found() > 0};
  if (has_listed && is_table) print_totals(result, request.is_dry_run);
  if (has_listed && !is_table) {
    fmt::print("{}\n", json::serialize(page_of(result, request.is_dry_run)));
  }
  return result.errors.empty() ? exit_ok : exit_error;
}

}  // namespace spillway::cli
