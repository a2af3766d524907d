// A workload's decision between deciding and planning: what all workloads share may still cut it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "controller/core/snapshot.hpp"
#include "controller/loop/workload.hpp"
#include "policies/combine/allocator.hpp"
#include "policies/decide.hpp"

namespace spillway {

struct Tentative {
  std::shared_ptr<const Workload> workload{};
  bool has_groups{false};
  Snapshot snapshot{};
  Decided decided{};
  std::optional<Decided> shadow{};
};

/// Cuts decisions that together exceed what all workloads share.
void share(std::vector<Tentative>& tentatives, const AllocatorSettings& settings);

}  // namespace spillway
