#include "policies/baseline/hpa_behavior.hpp"

#include <algorithm>
#include <cstddef>

#include "policies/remembered.hpp"

namespace spillway {
namespace {

void forget_until(std::vector<CountAt>& counts, TimePoint instant) {
  std::erase_if(counts, [&](const CountAt& each) { return each.at <= instant; });
}

}  // namespace

void describe(Fields& fields, HpaBehaviorSettings& settings) {
  fields.duration("sync_period", settings.sync_period,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::minutes{10}},
                  "How often the HPA controller looks.");
  fields.duration("scale_down_window", settings.scale_down_window, {.max = longest_window},
                  "It shrinks to the highest proposal of this window.");
  fields.ratio("tolerance", settings.tolerance, {.max = 1.0},
               "Ratios this close to 1 change nothing.");
}

HpaBehavior::HpaBehavior(const Memory& memory, int found) : count_{found} {
  // count, last sync, number of proposals, then proposals and additions as pairs.
  if (memory.size() < 3) return;
  count_ = count_from_memory(memory[0]).count;
  synced_at_ = instant_from_memory(memory[1]);
  const auto proposals{static_cast<std::size_t>(count_from_memory(memory[2]).count)};
  for (std::size_t i{3}; i + 1 < memory.size(); i += 2) {
    auto& list{(i - 3) / 2 < proposals ? proposals_ : added_};
    list.push_back({instant_from_memory(memory[i]), count_from_memory(memory[i + 1])});
  }
}

bool HpaBehavior::is_due(TimePoint now, const HpaBehaviorSettings& settings) const {
  return now - synced_at_ >= settings.sync_period;
}

void HpaBehavior::follow(int proposed, int minimum, TimePoint now,
                         const HpaBehaviorSettings& settings) {
  synced_at_ = now;
  if (count_ == 0) return;
  minimum = std::max(1, minimum);
  forget_until(proposals_, now - settings.scale_down_window);
  forget_until(added_, now - settings.sync_period);
  proposals_.push_back({now, {proposed}});
  int next{proposed};
  if (proposed < count_) {
    for (const CountAt& each : proposals_) next = std::max(next, each.count.count);
    next = std::min(next, count_);
  } else {
    int before{count_};
    for (const CountAt& each : added_) before -= each.count.count;
    before = std::max(0, before);
    next = std::max(count_, std::min(next, std::max(before + 4, 2 * before)));
  }
  next = std::max(next, minimum);
  if (next > count_) added_.push_back({now, {next - count_}});
  count_ = next;
}

Memory HpaBehavior::memory() const {
  Memory kept{static_cast<double>(count_), to_memory(synced_at_),
              static_cast<double>(proposals_.size())};
  kept.reserve(3 + 2 * (proposals_.size() + added_.size()));
  for (const auto* list : {&proposals_, &added_}) {
    for (const CountAt& each : *list) {
      kept.push_back(to_memory(each.at));
      kept.push_back(each.count.count);
    }
  }
  return kept;
}

}  // namespace spillway
