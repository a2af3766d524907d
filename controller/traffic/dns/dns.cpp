#include "controller/traffic/dns/dns.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

#include "controller/io/gather.hpp"

namespace spillway::dns {

namespace asio = boost::asio;

namespace {

/// Somebody else who changes the same records at the same time: read again, this often at most.
constexpr int dns_attempts_max{4};
constexpr std::size_t questions_at_once{3};

}  // namespace

DnsTraffic::DnsTraffic(std::string name, const Settings& settings, io::Clock& clock)
    : name_{std::move(name)}, settings_{settings}, server_{settings, clock} {
  settings_.key.secret.clear();  // the server has it
}

Result<Zone> DnsTraffic::zone_for(const std::string& workload) {
  Zone zone{};
  zone.zone = settings_.zone;
  zone.name = name_of(settings_, workload);
  zone.ttl = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(settings_.ttl).count());
  if (!is_domain_name(registry_name(zone.name))) {
    return Error{Errc::bad_request,
                 fmt::format("traffic {}: \"{}\" cannot be a name in DNS", name_, zone.name)};
  }
  if (!serves_many(settings_) && !workloads_.empty() && !workloads_.contains(workload)) {
    return Error{Errc::bad_request,
                 fmt::format("traffic {}: the name {} already belongs to workload {}, so {} needs "
                             "a `name` of its own (or one with {{{{workload}}}} in it)",
                             name_, zone.name, *workloads_.begin(), workload)};
  }
  workloads_.insert(workload);
  return zone;
}

asio::awaitable<Result<Found>> DnsTraffic::find(std::string name, io::Deadline deadline) {
  std::vector<asio::awaitable<Result<std::vector<std::string>>>> questions{};
  questions.push_back(server_.records(registry_name(name), type::txt, deadline));
  questions.push_back(server_.records(name, type::a, deadline));
  questions.push_back(server_.records(name, type::aaaa, deadline));
  const auto answers = co_await io::gather(std::move(questions), questions_at_once);
  for (const auto& answer : answers) {
    if (!answer) co_return answer.error();
  }
  Found found{};
  found.texts = *answers[0];
  found.addresses = *answers[1];
  found.addresses.insert(found.addresses.end(), answers[2]->begin(), answers[2]->end());
  co_return found;
}

asio::awaitable<Result<std::vector<ListedBackend>>> DnsTraffic::list(std::string workload,
                                                                     io::Deadline deadline) {
  const auto zone = zone_for(workload);
  if (!zone) co_return zone.error();
  const auto found = co_await find(zone->name, deadline);
  if (!found) co_return with_context("traffic " + name_, found.error());
  const Owner owner{settings_.owner, workload};
  co_return listing_of(owner, *found);
}

asio::awaitable<Result<void>> DnsTraffic::admit(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::admit, std::move(backend), deadline);
}

asio::awaitable<Result<void>> DnsTraffic::drain(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::drain, std::move(backend), deadline);
}

asio::awaitable<Result<void>> DnsTraffic::evict(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::evict, std::move(backend), deadline);
}

asio::awaitable<std::vector<Result<void>>> DnsTraffic::carry_out(std::vector<TrafficCall> calls,
                                                                 io::Deadline deadline) {
  const std::size_t count{calls.size()};
  Result<void> changed{};
  if (count > 0) changed = co_await change(std::move(calls), deadline);
  if (!changed) changed = with_context("traffic " + name_, changed.error());
  co_return std::vector<Result<void>>(count, changed);
}

asio::awaitable<Result<void>> DnsTraffic::change(std::vector<TrafficCall> calls,
                                                 io::Deadline deadline) {
  const Owner owner{settings_.owner, calls.front().backend.workload};
  const auto zone = zone_for(owner.workload);
  if (!zone) co_return zone.error();
  for (int attempt{0}; attempt < dns_attempts_max; ++attempt) {
    const auto found = co_await find(zone->name, deadline);
    if (!found) co_return found.error();
    auto update = update_to(*zone, owner, *found, after(entries_in(owner, *found), calls));
    if (!update) co_return update.error();
    if (!*update) co_return Result<void>{};
    Message message{std::move(**update)};
    const Result<void> updated = co_await server_.update(std::move(message), deadline);
    if (updated || updated.error().code != Errc::transitioning) co_return updated;
  }
  co_return Error{Errc::transitioning,
                  fmt::format("updating {}: somebody else keeps changing it", zone->name)};
}

}  // namespace spillway::dns
