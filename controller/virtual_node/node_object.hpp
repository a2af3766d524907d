// The node as the API wants it: registration, status, heartbeat. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"
#include "controller/kubernetes/selectors.hpp"
#include "controller/virtual_node/settings.hpp"

namespace spillway::virtual_node {

inline constexpr std::string_view provider_taint{"virtual-kubelet.io/provider"};

/// The labels that others tell this node by, and pods may select.
kubernetes::Labels node_labels(const Settings& settings);

/// The body of the POST that registers the node, cordoned: the policy opens it.
std::string registration_body(const Settings& settings);

/// On a node that we have cordoned; one that is cordoned without it was so by a person.
inline constexpr std::string_view closed_annotation{"spillway/closed"};

/// A strategic merge patch of the node that closes or opens it, and says that it was us.
std::string cordon_body(bool is_cordoned);

/// True if `node`, the object as the API has it, takes no new pods.
bool is_cordoned(const boost::json::object& node);

/// True if `node` is cordoned, and not by us.
bool is_cordoned_by_person(const boost::json::object& node);

/// A merge patch of the labels.
std::string labels_body(const Settings& settings);

/// A strategic merge patch of the node's status: capacity, conditions, information. `since` is when
/// it became ready.
std::string status_body(const Settings& settings, TimePoint now, TimePoint since);

/// The Lease that tells that we are alive, to be made or replaced.
std::string lease_body(const Settings& settings, TimePoint now);
/// A merge patch that renews it.
std::string lease_renewal(TimePoint now);

/// The cluster takes a node for lost after 40 s without renewal; a quarter of that is usual.
inline constexpr Duration heartbeat{std::chrono::seconds{10}};
inline constexpr int lease_seconds{40};

}  // namespace spillway::virtual_node
