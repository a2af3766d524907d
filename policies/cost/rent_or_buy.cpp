#include "policies/cost/rent_or_buy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/cost/burst_room.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

constexpr double never{-1.0};

struct Block {
  double full_since_ms{never};
  double idle_since_ms{never};
  bool is_bought{false};
};

std::vector<Block> blocks_of(const Memory& memory, int count) {
  std::vector<Block> blocks(static_cast<std::size_t>(count));
  if (memory.size() != 3 * blocks.size() || !all_finite(memory)) return blocks;
  for (std::size_t i{0}; i < blocks.size(); ++i) {
    blocks[i] = {memory[3 * i], memory[3 * i + 1], memory[3 * i + 2] > 0.0};
  }
  return blocks;
}

Memory kept(const std::vector<Block>& blocks) {
  Memory memory{};
  memory.reserve(3 * blocks.size());
  for (const Block& block : blocks) {
    memory.insert(memory.end(),
                  {block.full_since_ms, block.idle_since_ms, block.is_bought ? 1.0 : 0.0});
  }
  return memory;
}

/// Since when something holds that `holds` now.
void follow(double& since_ms, bool holds, double now_ms) {
  if (!holds) {
    since_ms = never;
  } else if (since_ms < 0.0 || since_ms > now_ms) {
    since_ms = now_ms;
  }
}

}  // namespace

void describe(Fields& fields, RentOrBuySettings& settings) {
  fields.hourly_price("vm_price", settings.vm_price, "What one more VM of the cluster costs.");
  fields.count("replicas_per_vm", settings.replicas_per_vm, {.min = 1, .max = 1000},
               "Replicas that one VM holds.");
  fields.duration("vm_start", settings.vm_start,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::hours{2}},
                  "From the request for a VM until it serves; it is paid for from the request.");
  fields.duration("release_after", settings.release_after, {.max = std::chrono::hours{24}},
                  "How long a VM must not have been needed before it goes.");
  fields.count("max_vms", settings.max_vms, {.min = 1, .max = RentOrBuy::most_vms},
               "Never more extra VMs than this.");
  fields.require(settings.vm_price && settings.vm_price->per_hour > Money{},
                 "needs vm_price above zero");
}

std::optional<Duration> break_even(const RentOrBuySettings& settings, HourlyPrice replica_price) {
  if (!settings.vm_price || replica_price.per_hour <= Money{}) return std::nullopt;
  const double vm_usd{settings.vm_price->per_hour.usd()};
  const double saving_usd{settings.replicas_per_vm * replica_price.per_hour.usd() - vm_usd};
  if (saving_usd <= 0.0) return std::nullopt;
  const double exact_s{vm_usd * seconds(settings.vm_start) / saving_usd};
  constexpr double longest_s{3600.0 * 24.0 * 365.0};
  if (exact_s > longest_s) return std::nullopt;
  return duration_of_seconds(exact_s);
}

RentOrBuy::RentOrBuy(Settings settings) : settings_{settings} {}

Recommendation RentOrBuy::recommend(const Snapshot& now, const History& past) const {
  std::vector<Block> blocks{blocks_of(past.memory(type), settings_.max_vms)};
  Recommendation asked{.policy = std::string{type}};
  if (!past.last) {
    // Nobody looked since the memory was made: what was full then may have been idle since.
    for (Block& block : blocks) block.full_since_ms = block.idle_since_ms = never;
  }
  if (!now.fleet.base || !now.fleet.burst || !past.last) {
    asked.words = "the fleet is unknown: the VMs stay as they are";
    asked.memory = kept(blocks);
    return asked;
  }
  const Replicas base{now.fleet.base->capacity()};
  const Replicas overflow{std::max(0_replicas, past.last->count - base)};
  const auto pays_after{break_even(settings_, now.replica_price)};
  const double now_ms{to_memory(now.taken_at)};
  const int per_vm{settings_.replicas_per_vm};
  int vms{0};
  for (std::size_t i{0}; i < blocks.size(); ++i) {
    Block& block{blocks[i]};
    const int below{static_cast<int>(i) * per_vm};
    follow(block.full_since_ms, overflow.count >= below + per_vm, now_ms);
    follow(block.idle_since_ms, overflow.count <= below, now_ms);
    const bool has_paid{pays_after && block.full_since_ms >= 0.0 &&
                        now_ms - block.full_since_ms >= 1000.0 * seconds(*pays_after)};
    const bool is_over{block.idle_since_ms >= 0.0 &&
                       now_ms - block.idle_since_ms >= 1000.0 * seconds(settings_.release_after)};
    block.is_bought = (block.is_bought || has_paid) && !is_over;
    if (block.is_bought) ++vms;
  }
  asked.vms = Replicas{vms * per_vm};
  asked.because = vms > 0 ? Because::past_break_even : Because::before_break_even;
  asked.words =
      pays_after ? fmt::format("an overflow of {}; a VM for {} pays off after {}: {} VMs",
                               overflow.count, per_vm, to_string(*pays_after), vms)
                 : fmt::format("a VM is not cheaper than {} burst replicas: {} VMs", per_vm, vms);
  asked.memory = kept(blocks);
  return asked;
}

}  // namespace spillway
