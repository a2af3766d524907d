#include "controller/loop/traffic_keeper.hpp"

#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

/// For all calls of one reconciliation with one balancer; its commands take milliseconds.
constexpr Duration balancer_timeout{std::chrono::seconds{5}};

/// Adds what one balancer says; a balancer that did not answer makes the sum unknown.
void add(TrafficView& view, const ListedBackend* listed) {
  if (!listed) return;  // it is not there any more, so nothing is in flight
  if (listed->state != BackendState::draining) view.is_withdrawn = false;
  if (!listed->in_flight) return;  // an adapter that cannot count has nothing to say
  view.in_flight = view.in_flight.value_or(0) + *listed->in_flight;
}

}  // namespace

std::vector<WantedBackend> wanted_backends(const std::vector<GroupRecord>& groups, int weight) {
  std::vector<WantedBackend> wanted{};
  for (const GroupRecord& group : groups) {
    const bool serves{group.state.phase == GroupPhase::serving};
    const bool drains{group.state.phase == GroupPhase::draining};
    if ((!serves && !drains) || group.ip.empty()) continue;
    Backend backend{.group = group.id,
                    .workload = group.workload,
                    .ip = group.ip,
                    .port = group.port,
                    .weight = weight * group.size.replicas.count};
    wanted.push_back({.backend = std::move(backend),
                      .state = serves ? BackendState::admitted : BackendState::draining});
  }
  return wanted;
}

TrafficKeeper::TrafficKeeper(io::Clock& clock, io::TaskGroup& tasks, LoopObserver& observer,
                             Records records, OnView on_view)
    : clock_{clock},
      tasks_{tasks},
      observer_{observer},
      records_{std::move(records)},
      on_view_{std::move(on_view)} {}

void TrafficKeeper::reconcile_soon(std::shared_ptr<const Workload> workload) {
  const auto [running, is_new]{running_.emplace(workload->name, false)};
  if (!is_new) {
    running->second = true;
    return;
  }
  tasks_.spawn(run(std::move(workload)));
}

asio::awaitable<void> TrafficKeeper::run(std::shared_ptr<const Workload> workload) {
  const std::string name{workload->name};
  struct Finish {
    std::map<std::string, bool>& running;
    const std::string& name;
    ~Finish() { running.erase(name); }
  };
  const Finish finish{running_, name};
  do {
    running_[name] = false;
    co_await reconcile_once(*workload);
  } while (running_[name]);
}

asio::awaitable<void> TrafficKeeper::reconcile_once(const Workload& workload) {
  const std::vector<GroupRecord> records{records_(workload.name)};
  const std::vector<WantedBackend> wanted{wanted_backends(records, workload.weight)};
  std::vector<Listing> listings{};
  for (const auto& traffic : workload.traffic) {
    listings.push_back(co_await bring_to(*traffic, workload.name, wanted));
  }
  for (const WantedBackend& each : wanted) {
    if (each.state != BackendState::draining) continue;
    TrafficView view{.group = each.backend.group, .is_withdrawn = true};
    bool is_complete{true};
    bool can_count{false};
    for (const Listing& listing : listings) {
      is_complete = is_complete && listing.backends.has_value();
      if (!listing.backends) continue;
      const ListedBackend* listed{find_listed(*listing.backends, each.backend)};
      can_count =
          can_count || (listed == nullptr ? listing.can_count : listed->in_flight.has_value());
      add(view, listed);
    }
    view.is_withdrawn = view.is_withdrawn && is_complete;
    if (can_count && !view.in_flight) view.in_flight = 0;
    if (!is_complete) view.in_flight.reset();
    on_view_(view);
  }
}

/// Lists before and, if anything had to be done, after: only a fresh count may end a drain.
asio::awaitable<TrafficKeeper::Listing> TrafficKeeper::bring_to(Traffic& traffic,
                                                                std::string workload,
                                                                std::vector<WantedBackend> wanted) {
  const auto deadline = io::deadline_after(clock_, balancer_timeout);
  auto listed = co_await traffic.list(workload, deadline);
  observer_.on_call("list_traffic", traffic.name(),
                    listed ? std::nullopt : std::optional{listed.error()});
  if (!listed) co_return Listing{};
  const std::vector<TrafficCall> calls{reconcile(wanted, *listed)};
  if (!calls.empty()) {
    auto copies = calls;
    const auto answers = co_await traffic.carry_out(std::move(copies), deadline);
    SPILLWAY_ASSERT(answers.size() == calls.size());
    for (std::size_t i{0}; i < calls.size(); ++i) {
      observer_.on_call(to_string(calls[i].kind), calls[i].backend.group.name,
                        answers[i] ? std::nullopt : std::optional{answers[i].error()});
    }
    listed = co_await traffic.list(workload, deadline);
  }
  Listing listing{};
  listing.can_count = traffic.can_count();
  if (listed) listing.backends = std::move(*listed);
  co_return listing;
}

}  // namespace spillway
