#include "controller/state/sqlite/state_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>

namespace spillway::state {
namespace {

namespace fs = std::filesystem;

Error system_error(const fs::path& path, std::string_view step, int code) {
  const bool is_denied{code == EACCES || code == EPERM || code == EROFS};
  return {is_denied ? Errc::denied : Errc::unavailable,
          fmt::format("state directory: {} {}: {}; {}", step, path.string(), std::strerror(code),
                      is_denied ? "give this user the right to write there, or set "
                                  "state.directory to a place where it may"
                                : "check the disk, and that state.directory is a directory")};
}

Result<void> make_private_directory(const fs::path& path) {
  std::error_code error{};
  fs::create_directories(path.parent_path(), error);  // what fails here fails below, by name
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return system_error(path, "creating", errno);
}

/// The process id that the holder of the lock wrote, for a message; "unknown" if it is not there
/// yet.
std::string holder(int file) {
  std::array<char, 32> bytes{};
  const ssize_t size{::pread(file, bytes.data(), bytes.size(), 0)};
  std::string text{bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  const auto end{text.find_first_not_of("0123456789")};
  text.resize(std::min(end, text.size()));
  return text.empty() ? "unknown" : text;
}

/// When a file that holds something was changed last.
std::optional<timespec> changed_at(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0 || status.st_size == 0) return std::nullopt;
  return status.st_mtim;
}

TimePoint instant(const timespec& time) {
  return TimePoint{std::chrono::seconds{time.tv_sec} +
                   std::chrono::floor<Duration>(std::chrono::nanoseconds{time.tv_nsec})};
}

}  // namespace

Result<StateDirectory> StateDirectory::acquire(const fs::path& path) {
  if (const auto made{make_private_directory(path)}; !made) return made.error();
  const fs::path name{path / "lock"};
  const int file{::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (file < 0) return system_error(name, "opening", errno);
  StateDirectory directory{path, file};
  // A lock of the open file, not of the process: a second store in this process meets it as well.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(file, F_OFD_SETLK, &whole) != 0) {
    if (errno != EAGAIN && errno != EACCES) return system_error(name, "locking", errno);
    return Error{Errc::unavailable,
                 fmt::format("state directory: {} is in use by another controller, process {}; "
                             "stop that one, or set state.directory to another place",
                             path.string(), holder(file))};
  }
  const auto noted{changed_at(file)};
  const std::string pid{fmt::format("{}\n", ::getpid())};
  // In this order: what is cut off first is given to others on a full disk.
  if (::pwrite(file, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()) ||
      ::ftruncate(file, static_cast<off_t>(pid.size())) != 0) {
    return system_error(name, "writing the process id to", errno);
  }
  if (noted) {
    // Not every holder is a controller, and one that ends at once knows nothing new of the groups.
    const std::array<timespec, 2> times{timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, *noted};
    static_cast<void>(::futimens(file, times.data()));
    directory.was_alive_at_ = instant(*noted);
  }
  return directory;
}

void StateDirectory::note_alive() const {
  static_cast<void>(::futimens(lock_, nullptr));  // of no use on a disk that is read-only
}

StateDirectory::~StateDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> make_private_file(const fs::path& path) {
  // Only ever opened here when it is new: closing a second descriptor of a database would drop
  // the POSIX locks that SQLite holds on it.
  const int file{::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (file >= 0) return ::close(file), Result<void>{};
  if (errno != EEXIST) return system_error(path, "creating", errno);
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return system_error(path, "looking at", errno);
  if ((status.st_mode & 0077U) != 0 && ::chmod(path.c_str(), 0600) != 0) {
    return system_error(path, "making private", errno);
  }
  return {};
}

}  // namespace spillway::state
