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
  /// What the last group of a plan may hold beyond the grant, if groups of several replicas are
  /// due.
  Replicas beyond{};
};

/// Cuts decisions that together exceed what all workloads share, and gives out what is left of it
/// as `beyond`, in the order of the workloads.
void share(std::vector<Tentative>& tentatives, const AllocatorSettings& settings);

}  // namespace spillway
