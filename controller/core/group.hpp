// A container group as Spillway sees it: where it runs, how big it is, and how far it has come.
// The states and what moves a group between them are in group_lifecycle.hpp.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway {

/// A group's name at the provider: unique, chosen and journalled before the create is sent, so
/// that a lost answer can be resolved by asking for the name.
struct GroupId {
  std::string name;
  auto operator<=>(const GroupId&) const = default;
};

enum class GroupPhase {
  intended,  ///< journalled; the create may or may not have reached the provider
  creating,  ///< accepted by the provider, which is provisioning it
  starting,  ///< provisioned; its containers do not all run yet
  probing,   ///< runs and has an address; our own probe has not passed yet
  serving,   ///< probe passed and admitted to traffic
  draining,  ///< withdrawn from new traffic, requests in flight
  removing,  ///< delete sent, 404 not yet seen
  gone,      ///< the provider answers 404: the record is closed
  failed,    ///< will never serve; to be removed since the provider keeps and bills it
  evicted,   ///< vanished or stopped without our doing
  stuck,     ///< delete overdue: costs money, is no capacity, is still being deleted
};

std::string_view to_string(GroupPhase phase);
std::optional<GroupPhase> group_phase_named(std::string_view text);

/// True from the intent until the group serves: it will be capacity, but is not yet.
bool is_starting(GroupPhase phase);
/// True while the provider may be charging for the group.
bool may_cost_money(GroupPhase phase);

enum class Priority { regular, spot };

std::string_view to_string(Priority priority);

/// Where a group runs. Quotas, prices, start times and outages belong to a place.
struct Place {
  std::string subscription{};
  std::string region{};
  std::string zone{};  ///< empty: the provider chooses
  Priority priority{Priority::regular};

  auto operator<=>(const Place&) const = default;
};

/// `eastus`, `eastus/2`, `westeurope spot`.
std::string to_string(const Place& place);

/// What one group of this size takes from the provider, and how many replicas it counts as.
struct GroupSize {
  double vcpu{1.0};
  double memory_gb{1.5};
  Replicas replicas{1};

  bool operator==(const GroupSize&) const = default;
};

struct Group {
  GroupId id;
  GroupPhase phase{GroupPhase::intended};
  Place place{};
  GroupSize size{};
  std::string template_hash{};  ///< of the replica template it was created from
  TimePoint created_at{};       ///< of the intent: the bill counts from here, to be safe
  std::optional<TimePoint> serving_since{};
  std::optional<TimePoint> draining_since{};
  std::optional<int>
      in_flight{};          ///< requests by the balancer, or a worker's jobs; nothing: unknown
  bool has_traffic{true};   ///< false: it serves, and no balancer had room for it
  bool is_doubted{false};   ///< it fails its probes with most of its region, or starts there
  bool is_unlisted{false};  ///< its place cannot be listed: it is not drained on an old view
  bool is_unsure{false};    ///< no probe tells that it serves: unlisted, or none was made yet

  bool operator==(const Group&) const = default;
};

}  // namespace spillway
