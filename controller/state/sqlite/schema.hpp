// The tables of the state database and how they came about. Each change is a step that is never
// edited afterwards; `user_version` counts the steps taken.
#pragma once

#include "controller/core/error.hpp"
#include "controller/state/sqlite/database.hpp"

namespace spillway::state {

/// Brings the database to this program's version, in one transaction. Errors: `malformed` for one
/// of a newer Spillway or of another program, else as `sqlite_error`. Idempotent.
Result<void> migrate(Database& database);

/// Checks that the database has this program's version without changing it. Errors as `migrate`,
/// and `malformed` for an older one, which the acting controller has to migrate first.
Result<void> check_version(Database& database);

}  // namespace spillway::state
