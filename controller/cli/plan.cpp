// `spillway plan`: one tick without acting, against the real sources, clusters and provider, as a
// table with reasons. May run beside a controller: the state is opened read-only.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

#include "controller/api/status_json.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/readable_state.hpp"
#include "controller/cli/table.hpp"
#include "controller/io/log.hpp"
#include "controller/wiring/former_places.hpp"
#include "controller/wiring/wiring.hpp"

namespace asio = boost::asio;

namespace spillway::cli {
namespace {

/// Keeps what failed, to be told below the table.
class Listener final : public LoopObserver {
 public:
  void on_tick(const std::shared_ptr<const Status>& status, Duration) override { last = status; }
  void on_phase(const GroupRecord&, GroupPhase, std::optional<Because>) override {}
  void on_call(std::string_view call, const std::string& subject,
               const std::optional<Error>& error) override {
    if (error && error->code != Errc::cancelled) {
      troubles.push_back(fmt::format("{} {}: {}", call, subject, to_string(*error)));
    }
  }
  void on_orphan(const GroupId& group, std::string_view) override {
    troubles.push_back("ours by tag, in no record: " + group.name);
  }
  void on_template(const std::string& workload, const ReplicaTemplate&,
                   const std::vector<std::string>& left_out) override {
    for (const std::string& each : left_out) troubles.push_back(workload + ": " + each);
  }
  void on_rollback(const std::string&, const std::string&, std::string_view) override {}

  std::shared_ptr<const Status> last{};
  std::vector<std::string> troubles{};
};

/// A memory that begins empty and keeps nothing: for a first look, before any controller ran.
class NoStore final : public Store {
 public:
  Result<void> write(const StateBatch&) override { return {}; }
  Result<std::vector<GroupRecord>> open_groups() override { return std::vector<GroupRecord>{}; }
  Result<std::vector<GroupRecord>> groups(const GroupQuery&) override {
    return std::vector<GroupRecord>{};
  }
  Result<std::vector<JournalEntry>> journal(const JournalQuery&) override {
    return std::vector<JournalEntry>{};
  }
  Result<std::optional<LastTick>> last_tick(const std::string&, Duration) override {
    return std::optional<LastTick>{};
  }
  Result<Spend> spend(const std::string&, TimePoint) override { return Spend{}; }
  Result<Spend> total_spend(TimePoint) override { return Spend{}; }
  Result<StartTimes> start_times(const Place&) override { return StartTimes{}; }
  Result<std::optional<KeptText>> kept(const std::string&) override {
    return std::optional<KeptText>{};
  }
  Result<void> save_settings(const std::string&, const std::string&) override { return {}; }
  Result<std::string> settings(const std::string& hash) override {
    return Error{Errc::not_found, hash};
  }
  Result<PruneReport> prune(TimePoint) override { return PruneReport{}; }
};

/// Reads from a store and drops what a dry tick would write.
class ReadOnlyStore final : public Store {
 public:
  explicit ReadOnlyStore(std::unique_ptr<Store> store) : store_{std::move(store)} {}
  Result<void> write(const StateBatch&) override { return {}; }
  Result<std::vector<GroupRecord>> open_groups() override { return store_->open_groups(); }
  Result<std::vector<GroupRecord>> groups(const GroupQuery& query) override {
    return store_->groups(query);
  }
  Result<std::vector<JournalEntry>> journal(const JournalQuery& query) override {
    return store_->journal(query);
  }
  Result<std::optional<LastTick>> last_tick(const std::string& workload, Duration window) override {
    return store_->last_tick(workload, window);
  }
  Result<Spend> spend(const std::string& workload, TimePoint now) override {
    return store_->spend(workload, now);
  }
  Result<Spend> total_spend(TimePoint now) override { return store_->total_spend(now); }
  Result<StartTimes> start_times(const Place& place) override { return store_->start_times(place); }
  Result<std::optional<KeptText>> kept(const std::string& key) override {
    return store_->kept(key);
  }
  Result<void> save_settings(const std::string&, const std::string&) override { return {}; }
  Result<std::string> settings(const std::string& hash) override { return store_->settings(hash); }
  Result<PruneReport> prune(TimePoint) override { return PruneReport{}; }

 private:
  std::unique_ptr<Store> store_;
};

/// Only a state that is not there is an empty one: what cannot be read may know of groups that run,
/// and a plan without them would create others. `run` refuses it as well.
Result<std::unique_ptr<Store>> store_for(const settings::Config& config) {
  auto opened{open_to_read(config.state.directory)};
  if (opened) return std::unique_ptr<Store>{std::make_unique<ReadOnlyStore>(std::move(*opened))};
  if (opened.error().code != Errc::not_found) return opened.error();
  fmt::print(stderr, "without the state of {}: {}\n", config.state.directory,
             to_string(opened.error()));
  return std::unique_ptr<Store>{std::make_unique<NoStore>()};
}

/// `run` writes each intent down before it creates anything.
void warn_of_full_disk(const std::string& directory) {
  constexpr std::uintmax_t least{std::uintmax_t{1} << 20U};  // some hundred intents and entries
  std::error_code error{};
  const auto space{std::filesystem::space(directory, error)};
  if (error || space.available >= least) return;
  fmt::print(stderr,
             "! state: the disk of {} has {} kB left: `run` creates nothing that it cannot write "
             "down\n",
             directory, space.available / 1000);
}

std::string reading_words(const Snapshot& snapshot) {
  std::string words{};
  for (const auto& [signal, reading] : snapshot.readings) {
    if (!words.empty()) words += ", ";
    const auto value{reading.last_value()};
    words += value ? fmt::format("{} {:.4g}", signal, *value) : signal + " missing";
    if (reading.quality() == Quality::stale) words += " (stale)";
  }
  return words.empty() ? "none" : words;
}

std::string base_words(const std::optional<BasePool>& base) {
  return base ? std::to_string(base->ready.count) : "unknown";
}

void print_table(const Status& status) {
  Table table{{"WORKLOAD", "READINGS", "BASE", "DESIRED", "BURST", "PLAN", "BECAUSE"}};
  for (const auto& workload : status.workloads) {
    table.add({workload->snapshot.workload, reading_words(workload->snapshot),
               base_words(workload->snapshot.fleet.base),
               std::to_string(workload->decision.desired.count),
               std::to_string(workload->decision.burst.count), summary(workload->plan),
               std::string{to_string(workload->decision.because)}});
  }
  fmt::print("{}", table.to_text());
  for (const auto& workload : status.workloads) {
    fmt::print("\n{}:\n", workload->snapshot.workload);
    for (const auto& [signal, reading] : workload->snapshot.readings) {
      if (reading.quality() == Quality::fresh) continue;
      fmt::print("  {} is {}: {}\n", signal, to_string(reading.quality()), reading.why());
    }
    for (const TrailStep& step : workload->decision.trail) {
      fmt::print("  {}: {} -> {} ({}) {}\n", step.who, step.before.count, step.after.count,
                 to_string(step.because), step.words);
    }
    for (const CreateGroup& create : workload->plan.creates) {
      fmt::print("  + create {} in {} at {}/h\n", create.id.name, to_string(create.place),
                 to_string(create.price.per_hour));
    }
    for (const DrainGroup& drain : workload->plan.drains) {
      fmt::print("  - drain {} ({})\n", drain.id.name, to_string(drain.because));
    }
  }
}

asio::awaitable<void> tick_once(ControlLoop& loop) {
  co_await loop.tick();
  co_await loop.end();
}

bool would_change(const Status& status) {
  for (const auto& workload : status.workloads) {
    if (!workload->plan.is_empty()) return true;
  }
  return false;
}

}  // namespace

int plan(const std::string& config_path, Output output) {
  auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  io::start_logging(config->log.format, io::LogLevel::error);
  config->mode = Mode::observe;  // whatever the file says, this command only looks
  const auto store{store_for(*config)};
  if (!store) {
    fmt::print(stderr, "spillway: {}\n", to_string(store.error()));
    return exit_error;
  }
  wiring::Outside outside{};
  auto provider{wiring::make_provider_or_none(outside, *config)};
  auto assembly{wiring::assemble(outside, *config, nullptr, provider ? provider->get() : nullptr)};
  std::optional<Error> failed{};
  if (!provider) failed = provider.error();
  if (provider && !assembly) failed = assembly.error();
  if (failed) {
    fmt::print(stderr, "spillway: {}\n", to_string(*failed));
    return exit_usage;
  }
  if (const auto known{wiring::look_in_former_places(**provider, *config, **store)}; !known) {
    fmt::print(stderr, "spillway: {}\n", to_string(known.error()));
    return exit_error;
  }
  Listener listener{};
  ControlLoop loop{ControlLoop::Parts{.context = outside.context,
                                      .clock = outside.clock,
                                      .provider = wiring::burst_provider(**provider),
                                      .prober = *outside.prober,
                                      .store = **store,
                                      .observer = listener,
                                      .owner = config->owner},
                   assembly->loop};
  if (const auto restored{loop.restore()}; !restored) {
    fmt::print(stderr, "spillway: {}\n", to_string(restored.error()));
    return exit_error;
  }
  asio::co_spawn(outside.context, tick_once(loop), [&](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
    outside.context.stop();
  });
  outside.context.run();
  if (output == Output::json) {
    fmt::print("{}\n", api::status_json(*listener.last));
  } else {
    print_table(*listener.last);
  }
  warn_of_full_disk(config->state.directory);
  for (const std::string& trouble : listener.troubles) fmt::print(stderr, "! {}\n", trouble);
  if (listener.last->listing_trouble) return exit_error;  // what runs is unknown: no plan is right
  return would_change(*listener.last) ? exit_would_change : exit_ok;
}

}  // namespace spillway::cli
