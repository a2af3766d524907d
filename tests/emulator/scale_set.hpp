// A VM scale set as far as its size goes: capacity, instances and when each was started. A value
// and its arithmetic; nothing boots.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/core/units.hpp"
#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/resource_id.hpp"

namespace spillway::emulator {

inline constexpr std::string_view scale_set_type{"Microsoft.Compute/virtualMachineScaleSets"};

struct ScaleSetInstance {
  int id;
  TimePoint created;
  TimePoint ready;  ///< provisioning succeeded and running from then on
  std::string unique_id;
};

struct ScaleSet {
  ResourceName name;
  boost::json::object definition{};  ///< location, tags, zones, sku, properties; no passwords
  std::string region{};
  std::string unique_id{};
  TimePoint created{};
  TimePoint settled{};  ///< when the running change ends
  int next_id{0};
  std::vector<ScaleSetInstance> instances{};
};

/// By ResourceName::key().
using ScaleSets = std::map<std::string, ScaleSet>;

/// What a PUT or PATCH body asks for, checked; `before` is null for a new scale set, whose sku must
/// be whole. A PATCH keeps what it does not mention.
Outcome<ScaleSet> read_scale_set(const boost::json::value& body, const ScaleSet* before,
                                 bool is_patch);

int capacity_of(const ScaleSet& set);

/// vCPUs of one instance, from the size's name: 2 for Standard_D2s_v5; 1 if it has no number.
int cores_of(const ScaleSet& set);

/// Grows or shrinks the instances to the capacity: the newest go first. `ready` gives the instant
/// at which a new one will run.
void resize(ScaleSet& set, TimePoint now, const std::function<TimePoint()>& ready,
            const std::function<std::string()>& guid);

boost::json::object show_scale_set(const ScaleSet& set, TimePoint now,
                                   const std::function<std::string(TimePoint)>& shown);

/// One instance as `virtualMachines/{id}` shows it; with its instance view if asked for.
boost::json::object show_instance(const ScaleSet& set, const ScaleSetInstance& instance,
                                  TimePoint now, bool with_view,
                                  const std::function<std::string(TimePoint)>& shown);

/// `.../instanceView` of the whole set: how many instances are in which state.
boost::json::object show_instance_summary(const ScaleSet& set, TimePoint now,
                                          const std::function<std::string(TimePoint)>& shown);

}  // namespace spillway::emulator
