#include "controller/cli/readable_state.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "controller/state/sqlite/sqlite_store.hpp"

namespace spillway::cli {

Result<std::unique_ptr<Store>> open_to_read(const std::string& directory) {
  return state::open_sqlite_store(
      {.directory = directory, .is_read_only = true, .on_unreadable = [](const auto& entry) {
         fmt::print(stderr, "! journal entry #{} of {} at {} is left out: {}\n", entry.id,
                    entry.workload, to_string(entry.at), entry.complaint);
       }});
}

}  // namespace spillway::cli
