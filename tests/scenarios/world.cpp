#include "tests/scenarios/world.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "policies/latency/saturation.hpp"
#include "policies/latency/target_utilization.hpp"

namespace asio = boost::asio;

namespace spillway::testing {
namespace {

/// Measures the world as Prometheus would, and goes blind with it.
class WorldSensors final : public Sensors {
 public:
  explicit WorldSensors(World& world) : world_{world} {}

  asio::awaitable<std::map<std::string, Readings>> read(io::Deadline) override {
    Readings readings{};
    if (world_.is_prometheus_down) {
      readings.set("load", Reading::missing("prometheus: connection refused"));
    } else {
      readings.set("load", Reading::fresh(world_.load_rps, world_.clock.now()));
      readings.set("errors", Reading::fresh(world_.error_share, world_.clock.now()));
    }
    std::map<std::string, Readings> all{};
    for (const std::string& workload : world_.measured) all.emplace(workload, readings);
    co_return all;
  }

  asio::awaitable<std::map<std::string, WorkInHand>> read_work(std::set<std::string> workloads,
                                                               io::Deadline) override {
    std::map<std::string, WorkInHand> work{};
    if (world_.is_prometheus_down || !workloads.contains("web")) co_return work;
    const TimePoint scraped_at{world_.clock.now() - world_.scrape_age};
    for (const auto& [group, jobs] : world_.jobs) {
      work["web"][group] = {.jobs = jobs, .sampled_at = scraped_at};
    }
    co_return work;
  }

 private:
  World& world_;
};

/// A burst replica answers when the cloud says that its containers run.
class WorldProber final : public io::Prober {
 public:
  explicit WorldProber(World& world) : world_{world} {}

  asio::awaitable<Result<void>> probe(io::ProbeTarget target, io::Deadline) override {
    if (world_.is_route_broken) co_return Error{Errc::timeout, "no answer"};
    if (world_.is_tls_only && target.scheme != "https") {
      co_return Error{Errc::malformed, "400: an HTTP request to an HTTPS server"};
    }
    for (const std::string& name : world_.cloud.names()) {
      const FakeGroup* group{world_.cloud.find(name)};
      const bool runs{group->provisioned_at && *group->provisioned_at <= world_.clock.now()};
      const bool is_broken{group->request.replica.image == world_.broken_image ||
                           world_.hanging.contains(name) ||
                           world_.dark_regions.contains(group->request.place.region)};
      if (group->ip == target.ip && target.path == "/idle" && world_.busy_workers.contains(name)) {
        co_return Error{Errc::unavailable, "503: busy"};
      }
      if (group->ip == target.ip && runs && !group->ended_at && !is_broken) {
        const Duration takes{world_.probe_times[group->request.place.region]};
        co_return co_await world_.clock.sleep_until(world_.clock.now() + takes);
      }
    }
    co_return Error{Errc::unavailable, "connection refused"};
  }

 private:
  World& world_;
};

std::shared_ptr<Workload> usual_workload(World& world, Controller& controller) {
  auto workload{std::make_shared<Workload>()};
  workload->name = "web";
  workload->service = "web";
  workload->cluster = world.cluster;
  workload->traffic.push_back(
      std::make_shared<MortalTraffic>(world.edge, world.clock, controller.life));
  workload->decision.policies.push_back(
      std::make_unique<TargetUtilization>(TargetUtilizationSettings{
          .target_utilization = 0.8, .replica_capacity_rps = replica_capacity_rps}));
  workload->decision.limits.max_burst = 50;
  workload->replica.image = "registry.example/web:1";
  workload->plan_limits.name_prefix = "web";
  workload->plan_limits.template_hash = template_hash(workload->replica);
  workload->offers.push_back(
      {.place = {.subscription = "s", .region = "eastus"}, .price = {usd(0.0594)}});
  workload->settings_hash = "usual";
  return workload;
}

}  // namespace

void Notebook::on_phase(const GroupRecord& group, GroupPhase, std::optional<Because> because) {
  std::string line{group.id.name + " " + std::string{to_string(group.state.phase)}};
  if (because) line += " " + std::string{to_string(*because)};
  phases.push_back(std::move(line));
}

void Notebook::on_call(std::string_view call, const std::string& subject,
                       const std::optional<Error>& error) {
  if (error) failed_calls.push_back(std::string{call} + " " + subject + ": " + to_string(*error));
}

void Notebook::on_orphan(const GroupId& group, std::string_view what_is_done) {
  orphans.push_back(group.name + " " + std::string{what_is_done});
}

void Notebook::on_template(const std::string& workload, const ReplicaTemplate& replica,
                           const std::vector<std::string>& left_out) {
  templates.push_back(workload + " " + replica.image);
  for (const std::string& each : left_out) templates.push_back(each);
}

void Notebook::on_rollback(const std::string& workload, const std::string&, std::string_view why) {
  rollbacks.push_back(workload + ": " + std::string{why});
}

Controller::Controller(World& world, std::function<void(LoopSettings&, Workload&)> adjust,
                       FormerTraffic former, bool has_workload)
    : provider{world.cloud, world.clock, life},
      standby{world.standby, world.clock, life},
      store{world.disk} {
  config.settings.mode = Mode::act;
  config.sensors = std::make_shared<WorldSensors>(world);
  const auto workload{usual_workload(world, *this)};
  if (adjust) adjust(config.settings, *workload);
  if (has_workload) config.workloads.emplace(workload->name, workload);
  config.former_traffic = std::move(former);
  prober_ = std::make_unique<WorldProber>(world);
  loop = std::make_unique<ControlLoop>(ControlLoop::Parts{.context = world.context,
                                                          .clock = world.clock,
                                                          .provider = provider,
                                                          .prober = *prober_,
                                                          .store = store,
                                                          .observer = notebook,
                                                          .owner = "test",
                                                          .standby = &standby},
                                       config);
  SPILLWAY_ASSERT(loop->restore());
  asio::co_spawn(world.context, loop->run(), [this](std::exception_ptr failure) {
    has_ended = true;
    if (failure) std::rethrow_exception(failure);
  });
}

Controller::~Controller() {
  SPILLWAY_ASSERT(has_ended);
}

World::World() {
  cluster->pools["web"] = full_pool(4);
  cloud.takes_warm = [this](const GroupRequest& request) { return standby.take(request); };
}

World::~World() {
  for (const auto& controller : controllers_) {
    if (!controller->has_ended) stop(*controller);
  }
}

Controller& World::start(std::function<void(LoopSettings&, Workload&)> adjust,
                         Controller::FormerTraffic former) {
  controllers_.push_back(
      std::make_unique<Controller>(*this, std::move(adjust), std::move(former), true));
  return *controllers_.back();
}

Controller& World::start_without_workloads(Controller::FormerTraffic former) {
  controllers_.push_back(std::make_unique<Controller>(
      *this, std::function<void(LoopSettings&, Workload&)>{}, std::move(former), false));
  return *controllers_.back();
}

std::shared_ptr<Sensors> World::sensors() {
  return std::make_shared<WorldSensors>(*this);
}

void World::stop(Controller& controller) {
  controller.loop->stop();
  const bool ended{clock.advance_until([&] { return controller.has_ended; },
                                       clock.now() + std::chrono::hours{1})};
  SPILLWAY_ASSERT(ended);
}

void World::run_for(Duration duration) {
  const TimePoint end{clock.now() + duration};
  while (clock.now() < end) {
    clock.advance_to(std::min(end, clock.now() + std::chrono::seconds{1}));
    ++seconds_run_;
    if (load_rps > serving() * replica_capacity_rps) ++seconds_late_;
  }
}

bool World::run_until(const std::function<bool()>& holds, Duration limit) {
  const TimePoint end{clock.now() + limit};
  while (!holds() && clock.now() < end) run_for(std::chrono::seconds{1});
  return holds();
}

int World::serving() const {
  return cluster->pools.at("web").ready.count + static_cast<int>(edge.admitted().size());
}

const JournalEntry& World::first_entry_with_burst(int count) const {
  const auto found{std::ranges::find_if(disk->journal, [count](const JournalEntry& entry) {
    return entry.decision.burst.count == count;
  })};
  SPILLWAY_ASSERT(found != disk->journal.end());
  return *found;
}

double World::late_share() const {
  return seconds_run_ == 0 ? 0.0 : static_cast<double>(seconds_late_) / seconds_run_;
}

void use_two_regions(Workload& web) {
  Offer west{web.offers.at(0)};
  west.place.region = "westus";
  west.price = {Money{west.price.per_hour.nanos * 2}};
  web.offers.push_back(west);
}

}  // namespace spillway::testing
