// A whole small world in virtual time: a load, a fixed cluster, a balancer, a cloud, and
// controllers that can be started, stopped and killed. Scenarios tell a story in it and look at
// what came of it. Each replica holds 10 requests per second; the cluster has 4 replicas unless a
// story says else.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/loop/control_loop.hpp"
#include "tests/scenarios/mortal.hpp"
#include "tests/support/fake_cluster.hpp"
#include "tests/support/fake_provider.hpp"
#include "tests/support/fake_standby.hpp"
#include "tests/support/fake_traffic.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"

namespace spillway::testing {

inline constexpr double replica_capacity_rps{10.0};

/// Writes down what the loop tells its observers.
class Notebook final : public LoopObserver {
 public:
  void on_tick(const std::shared_ptr<const Status>& status, Duration) override {
    last_status = status;
  }
  void on_phase(const GroupRecord& group, GroupPhase, std::optional<Because> because) override;
  void on_call(std::string_view call, const std::string& subject,
               const std::optional<Error>& error) override;
  void on_orphan(const GroupId& group, std::string_view what_is_done) override;
  void on_rival(const GroupId& group) override { rivals.push_back(group.name); }
  void on_platform_restart(const GroupRecord& group, Because because) override {
    restarts.push_back(group.id.name + " " + std::string{to_string(because)});
  }
  void on_template(const std::string& workload, const ReplicaTemplate& replica,
                   const std::vector<std::string>& left_out) override;
  void on_rollback(const std::string& workload, const std::string& rejected_hash,
                   std::string_view why) override;
  void on_withdrawal_overdue(const GroupRecord& group) override {
    unconfirmed.push_back(group.id.name);
  }
  void on_probes_doubted(const std::string& where, bool is_doubted, const ProbeCount&) override {
    doubts.push_back(where + (is_doubted ? " doubted" : " believed"));
  }

  std::shared_ptr<const Status> last_status{};
  std::vector<std::string> phases{};   ///< `NAME serving`, `NAME gone ScaleIn`, in order
  std::vector<std::string> orphans{};  ///< `NAME adopted`
  std::vector<std::string> rivals{};   ///< groups that another controller made under our owner
  std::vector<std::string> failed_calls{};
  std::vector<std::string> unconfirmed{};  ///< groups whose withdrawal is overdue
  std::vector<std::string> doubts{};       ///< `web in eastus doubted`, `web in eastus believed`
  std::vector<std::string> restarts{};     ///< `NAME AddressChanged`: the platform's doing
  std::vector<std::string> rollbacks{};    ///< `WORKLOAD: why`
  std::vector<std::string> templates{};    ///< `WORKLOAD IMAGE`, and what was left out
};

class World;

/// One run of the controller, on a disk that outlives it.
class Controller {
 public:
  using FormerTraffic = std::map<std::string, std::vector<spillway::FormerTraffic>>;

  Controller(World& world, std::function<void(LoopSettings&, Workload&)> adjust,
             FormerTraffic former, bool has_workload);
  ~Controller();

  /// The last picture of its workload; it must have ticked.
  const WorkloadStatus& web() const { return *notebook.last_status->workloads.at(0); }

  std::shared_ptr<Life> life{std::make_shared<Life>()};
  MortalProvider provider;
  MortalStandby standby;
  MemoryStore store;
  Notebook notebook{};
  LoopConfig config{};  ///< with which it began; for a reload
  std::unique_ptr<ControlLoop> loop{};
  bool has_ended{false};

 private:
  std::unique_ptr<io::Prober> prober_{};
};

class World {
 public:
  World();
  ~World();

  /// Starts a controller on the world's disk, in mode `act`, with a 5 s interval.
  Controller& start(std::function<void(LoopSettings&, Workload&)> adjust = {},
                    Controller::FormerTraffic former = {});
  /// The same after its workload was removed from the config; `former` is what wiring finds.
  Controller& start_without_workloads(Controller::FormerTraffic former);
  /// What measures this world, for a reload.
  std::shared_ptr<Sensors> sensors();
  /// SIGTERM, and the wait for the end.
  void stop(Controller& controller);
  /// SIGKILL.
  void kill(Controller& controller) {
    controller.life->is_over = true;
    controller.store.fail_with(Error{Errc::unavailable, "killed"});
  }

  void run_for(Duration duration);
  /// Runs until `holds`, at most `limit`; true if it did.
  bool run_until(const std::function<bool()>& holds, Duration limit);

  int serving() const;  ///< base replicas and admitted burst replicas
  /// The earliest journal entry that wants this many burst replicas; there must be one.
  const JournalEntry& first_entry_with_burst(int count) const;
  double late_share() const;  ///< of the seconds run, those with more load than capacity

  boost::asio::io_context context{};
  ManualClock clock{context};
  FakeProvider cloud{clock};
  FakeStandby standby{clock};
  FakeTraffic edge{clock};
  std::shared_ptr<FakeCluster> cluster{std::make_shared<FakeCluster>(clock)};
  std::shared_ptr<MemoryDisk> disk{std::make_shared<MemoryDisk>()};
  double load_rps{20.0};
  double error_share{0.0};  ///< of the requests: the signal `errors`
  bool is_prometheus_down{false};
  std::map<std::string, Duration> probe_times{};  ///< by region, what an answered probe takes
  bool is_route_broken{false};           ///< between the controller and the groups: no probe passes
  std::set<std::string> hanging{};       ///< groups that run and do not answer
  std::set<std::string> dark_regions{};  ///< whose groups do not answer
  std::set<std::string> busy_workers{};  ///< groups that answer 503 at /idle
  std::map<std::string, double> jobs{};  ///< in hand, by group, as their metric shows it
  Duration scrape_age{};                 ///< how old that is when it is read
  bool is_tls_only{false};               ///< groups answer over TLS alone
  std::string broken_image{};            ///< containers of it run, and never answer
  std::vector<std::string> measured{"web"};  ///< workloads, each with the load above

 private:
  std::vector<std::unique_ptr<Controller>> controllers_{};
  int seconds_run_{0};
  int seconds_late_{0};
};

/// westus beside eastus, at twice the price.
void use_two_regions(Workload& web);

}  // namespace spillway::testing
