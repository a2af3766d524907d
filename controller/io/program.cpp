#include "controller/io/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "controller/io/gather.hpp"

extern char** environ;

namespace spillway::io {

namespace asio = boost::asio;

namespace {

using Descriptor = asio::posix::stream_descriptor;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

Error system_error(const std::string& what, int number) {
  Errc code{Errc::unavailable};
  if (number == ENOENT) code = Errc::not_found;
  if (number == EACCES || number == EPERM) code = Errc::denied;
  return Error{code, fmt::format("{}: {}", what, std::strerror(number))};
}

/// Ours, with the additions in front: the first of two equal names counts for getenv.
std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> all{};
  for (const auto& [name, value] : program.environment) all.push_back(name + "=" + value);
  for (char** each{environ}; *each != nullptr; ++each) {
    const std::string entry{*each};
    if (!program.environment.contains(entry.substr(0, entry.find('=')))) all.push_back(entry);
  }
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers{};
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// A running child; killed with its group and reaped at the end, whatever happens.
class Child {
 public:
  explicit Child(pid_t pid) : pid_{pid} {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    reap();
  }

  pid_t pid() const { return pid_; }

  /// Waits for the end: immediate once its pidfd is readable.
  int reap() {
    int status{0};
    pid_t ended{-1};
    do {
      ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    pid_ = -1;
    if (ended < 0) return -1;
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    return WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

struct Pipe {
  std::array<int, 2> ends{-1, -1};

  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  bool is_open() const { return ends[0] >= 0; }
  int take_reading() { return std::exchange(ends[0], -1); }
  void close_writing() { ::close(std::exchange(ends[1], -1)); }
};

Result<pid_t> spawn(const Program& program, const Pipe& output, const Pipe& error) {
  std::vector<std::string> words{program.command};
  std::vector<std::string> variables{environment_of(program)};
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output.ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, error.ends[1], STDERR_FILENO);
  // Its own group, and none of the signals that we block or ignore.
  sigset_t none{};
  sigset_t all{};
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(
      &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid{-1};
  const int failure{::posix_spawnp(&pid, words.front().c_str(), &files, &attributes,
                                   pointers_to(words).data(), pointers_to(variables).data())};
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (failure != 0) return system_error(program.command.front(), failure);
  return pid;
}

asio::awaitable<Result<std::string>> read_all(Descriptor& from, std::size_t limit) {
  std::string text{};
  std::array<char, 4096> buffer{};
  while (true) {
    const auto [failure, size] = co_await from.async_read_some(asio::buffer(buffer), as_result);
    if (failure == asio::error::operation_aborted) co_return Error{Errc::cancelled, "reading"};
    if (failure) co_return text;  // the end, in whatever form
    text.append(buffer.data(), size);
    if (text.size() > limit) {
      co_return Error{Errc::too_large, fmt::format("prints more than {} bytes", limit)};
    }
  }
}

asio::awaitable<Result<ProgramResult>> run(Program program) {
  if (program.command.empty()) co_return Error{Errc::bad_request, "no program to run"};
  Pipe output{};
  Pipe error{};
  if (!output.is_open() || !error.is_open()) co_return system_error("pipe", errno);
  const Result<pid_t> pid = spawn(program, output, error);
  if (!pid) co_return pid.error();
  Child child{*pid};
  output.close_writing();
  error.close_writing();
  const auto executor = co_await asio::this_coro::executor;
  Descriptor output_end{executor, output.take_reading()};
  Descriptor error_end{executor, error.take_reading()};
  std::vector<asio::awaitable<Result<std::string>>> readings{};
  readings.push_back(read_all(output_end, program.output_limit));
  readings.push_back(read_all(error_end, program.output_limit));
  auto texts = co_await gather(std::move(readings), 2);
  for (const auto& text : texts) {
    if (!text) co_return with_context(program.command.front(), text.error());
  }
  // Both pipes are closed: it has ended, or goes on without them.
  const int watched{static_cast<int>(::syscall(SYS_pidfd_open, child.pid(), 0))};
  if (watched < 0) co_return system_error("pidfd_open", errno);
  Descriptor ended{executor, watched};
  const auto [failure] = co_await ended.async_wait(Descriptor::wait_read, as_result);
  if (failure) co_return Error{Errc::cancelled, program.command.front()};
  ProgramResult result{};
  result.exit_code = child.reap();
  result.output = std::move(*texts[0]);
  result.error = std::move(*texts[1]);
  co_return result;
}

}  // namespace

asio::awaitable<Result<ProgramResult>> run_program(Program program, Clock& clock,
                                                   Deadline deadline) {
  const std::string name{program.command.empty() ? "" : program.command.front()};
  auto running = run(std::move(program));
  co_return co_await with_deadline(std::move(running), clock, deadline, "running " + name);
}

}  // namespace spillway::io
