#include "controller/loop/traffic_keeper.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

/// For all calls of one reconciliation with one balancer; its commands take milliseconds.
constexpr Duration balancer_timeout{std::chrono::seconds{5}};
/// How long a refusal tells how much room there is; then one group more is tried.
constexpr Duration slots_known_for{std::chrono::minutes{10}};
/// A balancer that was left and does not answer for so long is taken to be gone.
constexpr Duration leave_limit{std::chrono::hours{24}};

/// "No" for as long as nothing changes at the balancer: no room, no such backend, no right.
bool is_refusal(Errc code) {
  return code == Errc::no_capacity || code == Errc::quota || code == Errc::bad_request ||
         code == Errc::denied;
}

Backend backend_of(const GroupRecord& group, int weight) {
  return {.group = group.id,
          .workload = group.workload,
          .ip = group.ip,
          .port = group.port,
          .weight = weight * group.size.replicas.count};
}

}  // namespace

std::vector<WantedBackend> wanted_backends(const std::vector<GroupRecord>& groups, int weight) {
  std::vector<WantedBackend> wanted{};
  for (const GroupRecord& group : groups) {
    const bool serves{group.state.phase == GroupPhase::serving};
    const bool drains{group.state.phase == GroupPhase::draining};
    if ((!serves && !drains) || group.ip.empty()) continue;
    wanted.push_back({.backend = backend_of(group, weight),
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
  Lines& lines{lines_[workload->name]};
  std::erase_if(lines, [&](const auto& line) {
    return !line->left_at &&
           std::ranges::find(workload->traffic, line->traffic) == workload->traffic.end();
  });
  for (const auto& traffic : workload->traffic) {
    const auto known{std::ranges::find_if(
        lines, [&](const auto& line) { return !line->left_at && line->traffic == traffic; })};
    const auto line{known == lines.end() ? lines.emplace_back(std::make_shared<Line>()) : *known};
    line->traffic = traffic;
    line->weight = workload->weight;
  }
  const Lines all{lines};
  for (const auto& line : all) start(workload->name, line);
  // Nothing can send it requests, and so nothing has to be asked.
  if (all.empty()) tasks_.spawn(show_soon(workload->name));
}

void TrafficKeeper::leave(const std::string& workload, std::shared_ptr<Traffic> traffic,
                          std::vector<std::string> places) {
  Lines& lines{lines_[workload]};
  std::erase_if(lines, [&](const auto& line) { return line->traffic == traffic; });
  const auto line{std::make_shared<Line>()};
  line->traffic = std::move(traffic);
  line->left_at = clock_.now();
  line->places = std::move(places);
  lines.push_back(line);
}

void TrafficKeeper::stop_leaving(const std::string& workload, const IsInUse& is_in_use) {
  const auto found{lines_.find(workload)};
  if (found == lines_.end()) return;
  std::erase_if(found->second, [&](const auto& line) {
    if (!line->left_at || !is_in_use(line->places)) return false;
    line->is_dropped = true;
    return true;
  });
}

bool TrafficKeeper::is_leaving(const std::string& workload) const {
  const auto found{lines_.find(workload)};
  return found != lines_.end() && std::ranges::any_of(found->second, [](const auto& line) {
           return line->left_at.has_value();
         });
}

bool TrafficKeeper::is_unknown(const std::string& workload, Duration limit) const {
  const auto found{lines_.find(workload)};
  return found != lines_.end() && std::ranges::any_of(found->second, [&](const auto& line) {
           return !line->left_at && line->silent_since &&
                  clock_.now() - *line->silent_since < limit;
         });
}

std::optional<int> TrafficKeeper::slots(const std::string& workload) const {
  const auto found{lines_.find(workload)};
  if (found == lines_.end()) return std::nullopt;
  // One that counts requests has them: a list for scrapers has room for everything.
  const bool any_counts{std::ranges::any_of(found->second, [](const auto& line) {
    return !line->left_at && line->traffic->can_count();
  })};
  std::optional<int> most{};
  for (const auto& line : found->second) {
    if (line->left_at || (any_counts && !line->traffic->can_count())) continue;
    if (!line->slots) return std::nullopt;
    const bool is_old{clock_.now() - line->slots_seen_at >= slots_known_for};
    most = std::max(most.value_or(0), *line->slots + (is_old ? 1 : 0));
  }
  return most;
}

void TrafficKeeper::forget(const std::string& workload) {
  lines_.erase(workload);
}

void TrafficKeeper::start(const std::string& workload, const std::shared_ptr<Line>& line) {
  if (std::exchange(line->is_running, true)) {
    line->is_asked_again = true;
    return;
  }
  tasks_.spawn(run(workload, line));
}

asio::awaitable<void> TrafficKeeper::run(std::string workload, std::shared_ptr<Line> line) {
  struct Finish {
    Line& line;
    ~Finish() { line.is_running = false; }
  };
  const Finish finish{*line};
  do {
    line->is_asked_again = false;
    auto listing = co_await bring_to_wanted(workload, line);
    learn(*line, std::move(listing));
    const bool is_left{line->left_at && ((line->seen->backends && line->seen->is_whole &&
                                          line->seen->backends->empty()) ||
                                         clock_.now() - *line->left_at >= leave_limit)};
    if (is_left) std::erase(lines_[workload], line);
    show(workload);
  } while (line->is_asked_again && !line->is_dropped);
}

/// Lists before and, if anything had to be done, after: only a fresh count may end a drain. What is
/// wanted is looked up after the answer, which may have taken seconds.
asio::awaitable<TrafficKeeper::Listing> TrafficKeeper::bring_to_wanted(std::string workload,
                                                                       std::shared_ptr<Line> line) {
  Traffic& traffic{*line->traffic};
  const auto deadline = io::deadline_after(clock_, balancer_timeout);
  Listing listing{.began = clock_.now(), .can_count = traffic.can_count()};
  auto listed = co_await traffic.list(workload, deadline);
  observer_.on_call("list_traffic", traffic.name(),
                    listed ? std::nullopt : std::optional{listed.error()});
  if (!listed || line->is_dropped) co_return listing;
  const bool is_left{line->left_at.has_value()};
  const std::vector<WantedBackend> wanted{
      is_left ? std::vector<WantedBackend>{} : wanted_backends(records_(workload), line->weight)};
  const std::vector<TrafficCall> calls{reconcile(wanted, *listed)};
  if (!calls.empty()) {
    auto copies = calls;
    const auto answers = co_await traffic.carry_out(std::move(copies), deadline);
    SPILLWAY_ASSERT(answers.size() == calls.size());
    for (std::size_t i{0}; i < calls.size(); ++i) {
      observer_.on_call(to_string(calls[i].kind), calls[i].backend.group.name,
                        answers[i] ? std::nullopt : std::optional{answers[i].error()});
      const bool is_refused{calls[i].kind == TrafficCall::Kind::admit && !answers[i] &&
                            is_refusal(answers[i].error().code)};
      if (is_refused) listing.refused.insert(calls[i].backend.group);
    }
    listing.began = clock_.now();
    listed = co_await traffic.list(workload, deadline);
  }
  listing.is_whole = traffic.sees_all();
  if (listed) listing.backends = std::move(*listed);
  co_return listing;
}

void TrafficKeeper::learn(Line& line, Listing listing) const {
  if (listing.backends) {
    const auto count{static_cast<int>(listing.backends->size())};
    if (!listing.refused.empty()) {
      line.slots = count;
      line.slots_seen_at = clock_.now();
    } else if (line.slots && count > *line.slots) {
      line.slots.reset();
    }
  }
  const bool is_silent{!listing.backends || !listing.is_whole};
  if (!is_silent) {
    line.silent_since.reset();
  } else if (!line.silent_since) {
    line.silent_since = clock_.now();
  }
  line.seen = std::move(listing);
}

/// Not at once: who asks for a reconciliation is in the middle of something.
asio::awaitable<void> TrafficKeeper::show_soon(std::string workload) {
  show(workload);
  co_return;
}

/// Puts together what the balancers say about each group that has to do with traffic.
void TrafficKeeper::show(const std::string& workload) {
  const auto found{lines_.find(workload)};
  // Who hears it may ask for another reconciliation at once.
  const Lines lines{found == lines_.end() ? Lines{} : found->second};
  for (const GroupRecord& group : records_(workload)) {
    const bool has_to_do{group.state.phase == GroupPhase::serving ||
                         group.state.phase == GroupPhase::draining};
    if (has_to_do) on_view_(view_of(lines, group));
  }
}

TrafficView TrafficKeeper::view_of(const Lines& lines, const GroupRecord& group) const {
  TrafficView view{.group = group.id, .is_withdrawn = true};
  bool is_complete{true};
  bool can_count{false};
  bool is_refused{false};
  bool is_taken{false};           // by one that counts requests
  bool is_taken_anywhere{false};  // be it by a list for scrapers
  bool any_counts{false};
  for (const auto& line : lines) {
    any_counts = any_counts || (!line->left_at && line->traffic->can_count());
    if (!line->seen || !line->seen->backends || !line->seen->is_whole) is_complete = false;
    if (!line->seen || !line->seen->backends) continue;
    const Listing& seen{*line->seen};
    const ListedBackend* const listed{find_listed(*seen.backends, backend_of(group, line->weight))};
    is_refused = is_refused || seen.refused.contains(group.id);
    if (listed == nullptr) {
      // It may have been admitted since.
      if (seen.began < group.state.since) is_complete = false;
      can_count = can_count || seen.can_count;
      continue;
    }
    const bool has_it{listed->state != BackendState::draining};
    if (has_it) view.is_withdrawn = false;
    is_taken = is_taken || (has_it && line->traffic->can_count());
    is_taken_anywhere = is_taken_anywhere || has_it;
    if (!listed->in_flight) continue;  // an adapter that cannot count has nothing to say
    can_count = true;
    view.in_flight = view.in_flight.value_or(0) + *listed->in_flight;
  }
  if (any_counts ? is_taken : is_taken_anywhere) {
    view.has_traffic = true;
  } else if (is_refused) {
    view.has_traffic = false;
  }
  view.is_withdrawn = view.is_withdrawn && is_complete;
  if (can_count && !view.in_flight) view.in_flight = 0;
  if (!is_complete) view.in_flight.reset();
  return view;
}

}  // namespace spillway
