#include "controller/cluster/static_vms/static_vms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "controller/io/endpoint.hpp"
#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"

namespace spillway::static_vms {

namespace asio = boost::asio;

StaticVms::StaticVms(Settings settings, io::Clock& clock, io::Prober& prober)
    : settings_{std::move(settings)}, clock_{clock}, prober_{prober} {
  for (const std::string& address : settings_.addresses) {
    const auto endpoint = io::parse_endpoint(address);
    if (!endpoint) throw std::invalid_argument{to_string(endpoint.error())};
    vms_.push_back({.address = address,
                    .target = {.ip = endpoint->host,
                               .port = endpoint->port,
                               .path = settings_.probe.path,
                               .scheme = settings_.probe.scheme}});
  }
}

asio::awaitable<Result<Observation>> StaticVms::observe(std::string, io::Deadline deadline) {
  const bool is_known{pool().has_value()};
  if (!is_watched_ || !is_known) co_await probe_due(deadline);
  auto now = pool();
  if (!now) co_return now.error();
  Observation seen{};
  seen.pool = *now;
  co_return seen;
}

asio::awaitable<void> StaticVms::watch() {
  struct Watched {
    bool& flag;
    ~Watched() { flag = false; }
  };
  if (vms_.empty()) co_return;
  SPILLWAY_ASSERT(!is_watched_);
  is_watched_ = true;
  const Watched watched{is_watched_};
  while (true) {
    const io::Deadline never{TimePoint::max()};
    co_await probe_due(never);
    const auto next = std::min_element(vms_.begin(), vms_.end(), [](const Vm& a, const Vm& b) {
      return a.next_probe_at < b.next_probe_at;
    });
    const Result<void> slept = co_await clock_.sleep_until(next->next_probe_at);
    if (!slept) co_return;
  }
}

asio::awaitable<void> StaticVms::probe_due(io::Deadline deadline) {
  const TimePoint now{clock_.now()};
  std::vector<asio::awaitable<void>> probes{};
  for (std::size_t i{0}; i < vms_.size(); ++i) {
    if (vms_[i].next_probe_at > now) continue;
    vms_[i].next_probe_at = now + settings_.probe.interval;  // also keeps a second caller off it
    probes.push_back(probe(i, deadline));
  }
  co_await io::gather(std::move(probes), static_cast<std::size_t>(settings_.probe.at_once));
}

/// A probe that the caller's deadline cut short says nothing about the machine, which stays due;
/// nor does one that was cancelled, which waits for its next turn.
asio::awaitable<void> StaticVms::probe(std::size_t index, io::Deadline deadline) {
  Vm& vm{vms_[index]};
  const io::Deadline own{io::deadline_after(clock_, settings_.probe.timeout)};
  const Result<void> probed = co_await prober_.probe(vm.target, io::earlier(own, deadline));
  if (!probed && probed.error().code == Errc::cancelled) co_return;
  const bool was_cut_short{!probed && probed.error().code == Errc::timeout && deadline < own};
  if (was_cut_short) {
    vm.next_probe_at = clock_.now();
  } else {
    record(vm, probed);
  }
}

void StaticVms::record(Vm& vm, const Result<void>& probed) {
  const Health before{vm.health};
  vm.health = after_probe(before, probed.has_value(), settings_.probe.fall, settings_.probe.rise);
  if (vm.health.is_up == before.is_up) return;
  if (probed) {
    // That all is well at the start is no news.
    if (before.is_up) io::log_event(io::LogLevel::info, "VmUp", {{"address", vm.address}});
  } else {
    io::log_event(io::LogLevel::warning, "VmDown",
                  {{"address", vm.address}, {"error", probed.error()}});
  }
}

Result<BasePool> StaticVms::pool() const {
  const auto replicas = [&](int vms) { return Replicas{vms * settings_.replicas_per_vm}; };
  if (vms_.empty()) {
    const Replicas fixed{settings_.count.value_or(0)};
    const int machines{(fixed.count + settings_.replicas_per_vm - 1) / settings_.replicas_per_vm};
    return BasePool{.ready = fixed, .desired = fixed, .nodes_up = machines};
  }
  int up{0};
  int down{0};
  for (const Vm& vm : vms_) {
    if (!vm.health.is_up) continue;
    ++(*vm.health.is_up ? up : down);
  }
  const int all{static_cast<int>(vms_.size())};
  if (up + down < all) {
    return Error{Errc::unavailable,
                 fmt::format("{} of {} addresses were not probed yet", all - up - down, all)};
  }
  return BasePool{
      .ready = replicas(up), .desired = replicas(all), .nodes_up = up, .nodes_down = down};
}

}  // namespace spillway::static_vms
