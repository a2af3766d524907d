#include "controller/io/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace spillway::io {

namespace {

/// Closes what it opened.
class File {
 public:
  explicit File(int descriptor) : descriptor_{descriptor} {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Error file_error(std::string_view doing, const std::filesystem::path& path, int code) {
  const Errc kind{code == ENOENT || code == ENOTDIR                  ? Errc::not_found
                  : code == EACCES || code == EPERM || code == EROFS ? Errc::denied
                                                                     : Errc::unavailable};
  return {kind,
          fmt::format("{} {}: {}", doing, path.string(), std::generic_category().message(code))};
}

/// 0, or the error number of the first step that failed.
int write_and_sync(int descriptor, std::string_view content, mode_t mode) {
  // The umask must not decide over the permissions of a secret or of a shared file.
  if (::fchmod(descriptor, mode) != 0) return errno;
  while (!content.empty()) {
    const ssize_t written{::write(descriptor, content.data(), content.size())};
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) return file_error("reading", path, errno);
  std::string content{};
  for (;;) {
    // One byte beyond the limit is read to tell "exactly full" from "too large".
    const std::size_t had{content.size()};
    const std::size_t room{std::min<std::size_t>(64 * 1024, limit - had + 1)};
    content.resize(had + room);
    ssize_t got{0};
    do {
      got = ::read(file.get(), content.data() + had, room);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return file_error("reading", path, errno);
    content.resize(had + static_cast<std::size_t>(got));
    if (got == 0) return content;
    if (content.size() > limit) {
      return Error{Errc::too_large,
                   fmt::format("reading {}: more than {} bytes", path.string(), limit)};
    }
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                   mode_t mode) {
  const std::filesystem::path folder{path.has_parent_path() ? path.parent_path() : "."};
  std::string temporary{path.string() + ".XXXXXX"};
  {
    const File file{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!file.is_open()) return file_error("writing", path, errno);
    int failure{write_and_sync(file.get(), content, mode)};
    if (failure == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) failure = errno;
    if (failure != 0) {
      ::unlink(temporary.c_str());
      return file_error("writing", path, failure);
    }
  }
  // Without this the rename itself may be lost with the power.
  const File directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!directory.is_open() || ::fsync(directory.get()) != 0) {
    return file_error("syncing", folder, errno);
  }
  return {};
}

}  // namespace spillway::io
