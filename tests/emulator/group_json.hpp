// Container groups from and to JSON.
// Reading checks types (shape.hpp) and fills Azure's defaults; the rules are in validation.hpp.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/group.hpp"

namespace spillway::emulator {

/// A group from the body of a PUT: definition, containers, sums; ids and state are the caller's.
Outcome<Group> read_group(const boost::json::value& body);

/// How much of a group an answer shows: a list answer carries no instance view.
enum class Detail { list, full };

struct View {
  Detail detail{Detail::full};
  bool standby_fields{false};  ///< api-versions from 2025-09-01 on know isCreatedFromStandbyPool
  Duration clock_offset{};     ///< added to every instant shown, see Clock
  double speed{1.0};           ///< likewise
  TimePoint epoch{};           ///< likewise
  std::string tenant{};        ///< of the groups' own identities
};

/// The instant a client is shown for the emulator's `instant`.
TimePoint shown_time(const View& view, TimePoint instant);

boost::json::object show_group(const Group& group, const View& view);

}  // namespace spillway::emulator
