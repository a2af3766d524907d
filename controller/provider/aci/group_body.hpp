// The body of the PUT that creates a container group (api-version 2025-09-01): the template's
// containers and volumes, where they run, our tags, and secrets where Azure never shows them again.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/provider/aci/container_body.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

/// The names of our tags. Azure compares tag names without case.
inline constexpr std::string_view owner_tag{"spillway-owner"};
inline constexpr std::string_view workload_tag{"spillway-workload"};
inline constexpr std::string_view template_tag{"spillway-template"};
inline constexpr std::string_view intent_at_tag{"spillway-intent-at"};
inline constexpr std::string_view replicas_tag{"spillway-replicas"};
inline constexpr std::string_view cluster_tag{"spillway-cluster"};

/// The DNS label of one group: labels are unique in a region, so each group gets one of its own.
/// Example: `shop` and group `web-19abc-1` give `shop-` and ten hexadecimal digits.
std::string dns_label_of(std::string_view stem, const GroupId& id);

/// Says why Azure would refuse `request` whatever the weather: name, size, ports, environment
/// names, tags, and what spot groups cannot have. Error: `bad_request`, naming the field.
Result<void> check_request(const GroupRequest& request);

/// The JSON text. Deterministic: the same request gives the same bytes, so a repeated PUT changes
/// nothing. A spot group gets no address (Azure refuses one); a group with `subnet_id` a private
/// one; every other a public one.
std::string group_body(const GroupRequest& request);

}  // namespace spillway::aci
