// What a request body may hold, as data: one table instead of a parser per type.
// `conform` checks types and enumerations, drops what Azure ignores (unknown and read-only members)
// and what it never gives back (secrets), and returns the document as an answer would show it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "tests/emulator/arm_error.hpp"

namespace spillway::emulator {

/// `value` reduced to `shape`. A shape is an object (member by member), a one-element array (every
/// element), or a word: `string`, `integer`, `number`, `boolean`, `strings` (a map of strings),
/// `any`, `secret` (checked, dropped), `secrets` (a map, shown empty), `a|b|c` (an enumeration,
/// compared without case, shown as written here). Null members count as absent.
Outcome<boost::json::value> conform(const boost::json::value& value,
                                    const boost::json::value& shape, const std::string& path);

/// The shapes of the resources that are kept.
const boost::json::value& container_group_shape();
const boost::json::value& container_group_profile_shape();
const boost::json::value& standby_pool_shape();

}  // namespace spillway::emulator
