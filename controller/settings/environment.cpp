#include "controller/settings/environment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace spillway::settings {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_{number} {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

Error error_of(int number) {
  const Errc code{number == ENOENT || number == ENOTDIR ? Errc::not_found
                  : number == EACCES || number == EPERM ? Errc::denied
                                                        : Errc::unavailable};
  return {.code = code, .context = std::generic_category().message(number)};
}

}  // namespace

std::optional<std::string> ProcessEnvironment::variable(std::string_view name) const {
  // Read before any thread is started, and never written by us.
  const char* const value{std::getenv(std::string{name}.c_str())};  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) return std::nullopt;
  return std::string{value};
}

Result<std::string> ProcessEnvironment::read_file(const std::string& path,
                                                  std::size_t bytes_max) const {
  // Without O_NONBLOCK a pipe that nobody writes would hang the start.
  const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number() < 0) return error_of(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return error_of(errno);
  if (!S_ISREG(status.st_mode)) {
    return Error{.code = Errc::bad_request, .context = "not a regular file"};
  }
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got{::read(file.number(), buffer.data(), buffer.size())};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error_of(errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      return Error{.code = Errc::too_large,
                   .context = fmt::format("more than {} bytes", bytes_max)};
    }
  }
}

std::vector<std::string> ProcessEnvironment::matches(const std::string& pattern) const {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i{0}; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return paths;
}

std::string relative_to_file(std::string_view from, std::string_view path) {
  const std::size_t slash{from.rfind('/')};
  if (path.starts_with('/') || slash == from.npos) return std::string{path};
  return fmt::format("{}/{}", from.substr(0, slash), path);
}

}  // namespace spillway::settings
