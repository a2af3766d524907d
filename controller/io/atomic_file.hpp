// Small files as a whole: read with a limit, and replaced so that a crash at any point leaves the
// old content or the new, never half of one. Blocking; for files of configuration size.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::io {

/// The content of a regular file (or of a pipe such as /dev/stdin). Errors: `not_found`, `denied`,
/// `too_large` beyond `limit` bytes, else `unavailable`; the context names the path and the reason.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

/// Writes a temporary file beside `path`, syncs it, renames it over `path` and syncs the directory.
/// `mode` are the permissions of the new file; the default keeps secrets in. Errors: `denied`, else
/// `unavailable`; the old file is then still there and the temporary one is not.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                   mode_t mode = 0600);

}  // namespace spillway::io
