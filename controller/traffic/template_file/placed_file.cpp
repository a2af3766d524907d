#include "controller/traffic/template_file/placed_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "controller/io/atomic_file.hpp"

namespace spillway::template_file {

namespace fs = std::filesystem;

namespace {

/// What a new file gets: balancers often run as somebody else.
constexpr mode_t default_mode{0644};

/// Where a link leads; the path itself if it is none.
fs::path followed(const fs::path& path) {
  std::error_code failure{};
  if (!fs::is_symlink(path, failure)) return path;
  fs::path target{fs::canonical(path, failure)};
  return failure ? path : target;
}

Error error_of(const std::string& doing, const std::error_code& failure) {
  const bool is_denied{failure == std::errc::permission_denied ||
                       failure == std::errc::operation_not_permitted ||
                       failure == std::errc::read_only_file_system};
  return {is_denied ? Errc::denied : Errc::unavailable,
          fmt::format("{}: {}", doing, failure.message())};
}

}  // namespace

PlacedFile::PlacedFile(const fs::path& path)
    : path_{followed(path)},
      staged_{path_.parent_path() / fmt::format(".{}.spillway-new", path_.filename().string())} {}

Result<std::optional<std::string>> PlacedFile::read() const {
  auto content = io::read_file(path_, file_bytes_max);
  if (content) return std::optional{std::move(*content)};
  if (content.error().code == Errc::not_found) return std::optional<std::string>{};
  return content.error();
}

Result<void> PlacedFile::stage(std::string_view content) const {
  struct stat old {};
  const bool is_there{::stat(path_.c_str(), &old) == 0};
  const mode_t mode{is_there ? old.st_mode & 07777 : default_mode};
  Result<void> written = io::write_file_atomically(staged_, content, mode);
  if (!written) return written;
  const bool is_ours{!is_there || (old.st_uid == ::geteuid() && old.st_gid == ::getegid())};
  // Only root may give files away; anybody else keeps what the directory's group allows.
  if (!is_ours && ::chown(staged_.c_str(), old.st_uid, old.st_gid) == 0) {
    ::chmod(staged_.c_str(), mode);  // chown clears the set-id bits
  }
  return {};
}

Result<void> PlacedFile::place() const {
  std::error_code failure{};
  fs::rename(staged_, path_, failure);
  if (failure) {
    discard();
    return error_of("replacing " + path_.string(), failure);
  }
  return {};
}

void PlacedFile::discard() const {
  std::error_code failure{};
  fs::remove(staged_, failure);
}

Result<void> PlacedFile::restore(const std::optional<std::string>& content) const {
  if (content) {
    Result<void> written = stage(*content);
    if (!written) return written;
    return place();
  }
  std::error_code failure{};
  fs::remove(path_, failure);
  if (failure) return error_of("removing " + path_.string(), failure);
  return {};
}

}  // namespace spillway::template_file
