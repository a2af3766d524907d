// The API's JSON: what /api/v1/status and /api/v1/decisions answer. A contract with people's
// scripts: fields are added, never renamed. Units are in the names or SI; instants are RFC 3339.
#pragma once

#include <string>
#include <vector>

#include "controller/loop/status.hpp"
#include "controller/state/store.hpp"

namespace spillway::api {

/// The picture of the last tick. `{"mode","at","tick","trouble":{...},"workloads":[...]}`.
std::string status_json(const Status& status);

/// Journal entries, newest first, without the inputs: `{"decisions":[...]}`.
std::string decisions_json(const std::vector<JournalEntry>& entries);

/// `{"error":{"code","message"}}`.
std::string error_json(const Error& error);

}  // namespace spillway::api
