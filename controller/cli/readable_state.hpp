// The state as commands read it beside a controller or without one. What cannot be read of the
// journal is passed over, as `run` does, and told on standard error.
#pragma once

#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/state/store.hpp"

namespace spillway::cli {

/// Errors: as of `open_sqlite_store` for reading; not_found where there is none yet.
Result<std::unique_ptr<Store>> open_to_read(const std::string& directory);

}  // namespace spillway::cli
