#include "controller/cluster/marathon/marathon.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "controller/cluster/marathon/pool.hpp"
#include "controller/io/log.hpp"
#include "controller/io/retry.hpp"

namespace spillway::marathon {

namespace asio = boost::asio;

namespace {

/// Counts are embedded by default now, which the API says will change.
constexpr std::string_view apps_target{"/v2/apps?embed=apps.counts"};
constexpr std::string_view queue_target{"/v2/queue"};
constexpr std::string_view deployments_target{"/v2/deployments"};
/// Marathon's stream has a heartbeat every ten seconds.
constexpr Duration longest_silence{std::chrono::seconds{45}};
/// The stream has no end by itself; a new one now and then also finds a leader nearer by.
constexpr Duration stream_length{std::chrono::hours{6}};
constexpr io::BackoffPolicy pauses{.initial = std::chrono::seconds{1},
                                   .max = std::chrono::seconds{30}};
/// One client for a cluster needs no random spread.
constexpr double no_jitter{0.0};

}  // namespace

Marathon::Marathon(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings)
    : clock_{clock}, settings_{settings}, api_{std::move(client), clock, std::move(settings)} {}

asio::awaitable<Result<void>> Marathon::refresh(io::Deadline deadline) {
  if (is_current()) co_return Result<void>{};
  listing_.reset();  // an old listing must not pass for a new one
  // What happens while it is being read may or may not be in it.
  has_news_ = false;
  listed_at_ = clock_.now();
  auto listing = co_await list(deadline);
  if (!listing) co_return listing.error();
  listing_ = std::move(*listing);
  measure_waiting(*listing_);
  co_return Result<void>{};
}

/// By our own clock: Marathon's `since` is of its own, and so may be anywhere beside ours.
void Marathon::measure_waiting(Listing& listing) {
  std::map<std::string, TimePoint, std::less<>> since{};
  for (auto& [app, queued] : listing.queue) {
    if (!queued.waits_for_offers) continue;
    const auto before = waiting_since_.find(app);
    const TimePoint began{before == waiting_since_.end() ? listed_at_ : before->second};
    since.emplace(app, began);
    queued.waited = listed_at_ - began;
  }
  waiting_since_ = std::move(since);
}

bool Marathon::is_current() const {
  return is_attached_ && !has_news_ && listing_ && listing_->queue.empty() &&
         clock_.now() - listed_at_ < settings_.list_every;
}

asio::awaitable<Result<Listing>> Marathon::list(io::Deadline deadline) {
  std::vector<std::string> targets{};
  for (const std::string_view target : {apps_target, queue_target, deployments_target}) {
    targets.emplace_back(target);
  }
  const auto bodies = co_await api_.get(std::move(targets), deadline);
  if (!bodies) co_return bodies.error();
  auto apps = parse_apps(bodies->at(0));
  if (!apps) co_return apps.error();
  auto queue = parse_queue(bodies->at(1));
  if (!queue) co_return queue.error();
  auto restarting = parse_deployments(bodies->at(2));
  if (!restarting) co_return restarting.error();
  Listing listing{};
  listing.apps = std::move(*apps);
  listing.queue = std::move(*queue);
  listing.restarting = std::move(*restarting);
  co_return listing;
}

asio::awaitable<Result<Observation>> Marathon::observe(std::string service,
                                                       io::Deadline /*deadline*/) {
  if (!listing_) co_return Error{Errc::unavailable, "Marathon was not listed"};
  if (!service.starts_with('/')) service = "/" + service;
  const auto found = listing_->apps.find(service);
  if (found == listing_->apps.end()) {
    co_return Error{Errc::not_found, fmt::format("no app is named {}; there are {}", service,
                                                 listing_->apps.size())};
  }
  Observation seen{};
  seen.pool = pool_of(found->second, *listing_, settings_.offers_within);
  seen.replica = derived_replica(found->second, settings_);
  co_return seen;
}

asio::awaitable<void> Marathon::watch() {
  if (!settings_.follows_events) co_return;
  int failures{0};
  while (true) {
    EventSpotter spotter{};
    io::BodySink sink{[&](std::string_view piece) {
      if (!is_attached_) {
        failures = 0;
        attached();
      }
      if (spotter.feed(piece) > 0) has_news_ = true;
      return true;
    }};
    const io::Deadline deadline{io::deadline_after(clock_, stream_length)};
    const auto ended = co_await api_.follow_events(std::move(sink), longest_silence, deadline);
    const bool was_attached{std::exchange(is_attached_, false)};
    if (!ended && ended.error().code == Errc::cancelled) co_return;
    ++failures;
    if (was_attached || failures == 1) detached(ended, failures);
    const Duration pause{io::backoff_delay(pauses, failures, no_jitter)};
    const Result<void> slept = co_await clock_.sleep_until(clock_.now() + pause);
    if (!slept) co_return;
  }
}

void Marathon::attached() {
  is_attached_ = true;
  has_news_ = true;  // what happened before it is not told
  io::log_event(io::LogLevel::info, "EventsFollowed", {{"cluster", settings_.urls.front()}});
}

void Marathon::detached(const Result<void>& ended, int failures) {
  const std::string why{ended ? std::string{"it ended"} : to_string(ended.error())};
  // An end alone is how a leader that resigns looks: the next attempt finds the new one.
  io::log_event(ended && failures == 1 ? io::LogLevel::info : io::LogLevel::warning, "EventsLost",
                {{"cluster", settings_.urls.front()},
                 {"why", why},
                 {"instead", std::string_view{"every tick asks"}}});
}

Result<std::shared_ptr<Cluster>> make_marathon(asio::io_context& context, io::Clock& clock,
                                               Settings settings) {
  const auto tls = io::HttpAccess{settings.access}.tls_options();
  if (!tls) return tls.error();
  io::HttpClientOptions options{};
  options.tls = *tls;
  auto client = io::make_http_client(context, clock, std::move(options));
  if (!client) return client.error();
  return std::shared_ptr<Cluster>{
      std::make_shared<Marathon>(std::move(*client), clock, std::move(settings))};
}

}  // namespace spillway::marathon
