#include "tests/emulator/process_backend.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

#include "tests/emulator/command_line.hpp"
#include "tests/emulator/container_init.hpp"
#include "tests/emulator/process_terminal.hpp"

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

int exit_code_of(pid_t pid) {
  int status{0};
  if (waitpid(pid, &status, 0) != pid) return 255;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// glibc 2.36 declares pidfd_open without C linkage: unusable from C++.
int open_pidfd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

bool can_listen(const asio::ip::address& address, int port) {
  asio::io_context context;
  tcp::acceptor acceptor{context};
  ErrorCode error;
  acceptor.open(tcp::v4(), error);
  acceptor.set_option(asio::socket_base::reuse_address{true}, error);
  acceptor.bind({address, static_cast<std::uint16_t>(port)}, error);
  return !error;
}

}  // namespace

struct ProcessBackend::Process {
  explicit Process(asio::io_context& context) : output{context}, exit{context}, grace{context} {}

  RunId id{};
  pid_t pid{-1};
  Log log{};
  asio::posix::stream_descriptor output;
  asio::posix::stream_descriptor exit;  ///< a pidfd: readable once the process has ended
  asio::steady_timer grace;
  std::array<char, 16384> chunk{};
  bool told{true};  ///< whether its end is news: not if we asked for it
};

ProcessBackend::ProcessBackend(asio::io_context& context, const EmulatorOptions& options,
                               std::function<TimePoint()> shown_now)
    : context_{context}, options_{options}, shown_now_{std::move(shown_now)} {}

ProcessBackend::~ProcessBackend() {
  *alive_ = false;
  for (const auto& process : processes_) kill(process->pid, end_at_once);
  for (const auto& process : processes_) {
    exit_code_of(process->pid);
    ErrorCode ignored;
    process->output.close(ignored);
    process->exit.close(ignored);
    process->grace.cancel();
  }
}

std::optional<ArmError> ProcessBackend::refuses(const Group& group) const {
  for (const Container& container : group.containers) {
    const ImageRule* rule{find_image(options_, container.image)};
    if (rule != nullptr &&
        (!rule->command.empty() || (rule->allow_command && !container.command.empty()))) {
      continue;
    }
    return bad_request(
        "InaccessibleImage",
        fmt::format(
            "The image '{0}' in container group '{1}' is not accessible: the emulator's "
            "process backend has no command for it. Map it in the file given with --config: "
            "images: {{ \"{0}\": {{ command: [...] }} }}",
            container.image, group.name));
  }
  const auto& properties{group.definition.at("properties").as_object()};
  if (!properties.at("initContainers").as_array().empty()) {
    return bad_request("InitContainersNotSupported",
                       "The emulator's process backend runs no init containers.");
  }
  return std::nullopt;
}

bool ProcessBackend::is_free(const std::string& address, const Group& group) const {
  const auto parsed{asio::ip::make_address(address)};
  return std::all_of(group.ports.begin(), group.ports.end(),
                     [&](int port) { return can_listen(parsed, port); });
}

std::optional<Duration> ProcessBackend::start(const RunId& run, const Group& group, TimePoint) {
  const Container& container{group.containers[run.container]};
  const ImageRule& rule{*find_image(options_, container.image)};
  auto process{std::make_shared<Process>(context_)};
  process->id = run;
  process->log = logs_[run.group][run.container] = std::make_shared<LogBuffer>();

  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
    process->log->append(fmt::format("emulator: no pipe: {}\n", strerror(errno)), shown_now_());
    tell_later(run, 126);
    return std::nullopt;
  }
  Launch launch{launch_of(rule, container, group)};
  launch.output = pipe_ends[1];
  process->pid = start_container(launch);
  close(pipe_ends[1]);
  const int exit_descriptor{process->pid > 0 ? open_pidfd(process->pid) : -1};
  if (exit_descriptor < 0) {
    close(pipe_ends[0]);
    process->log->append(fmt::format("emulator: cannot start: {}\n", strerror(errno)),
                         shown_now_());
    if (process->pid > 0) {
      kill(process->pid, end_at_once);
      exit_code_of(process->pid);
    }
    tell_later(run, 126);
    return std::nullopt;
  }
  process->output.assign(pipe_ends[0]);
  process->exit.assign(exit_descriptor);
  processes_.push_back(process);
  read_output(process);
  await_exit(process);
  return std::nullopt;
}

void ProcessBackend::tell_later(const RunId& run, int exit_code) {
  asio::post(context_, [this, alive = alive_, run, exit_code] {
    if (*alive) on_exit(run, exit_code);
  });
}

void ProcessBackend::read_output(const std::shared_ptr<Process>& process) {
  process->output.async_read_some(
      asio::buffer(process->chunk),
      [this, alive = alive_, process](ErrorCode error, std::size_t size) {
        if (error || !*alive) return;
        process->log->append({process->chunk.data(), size}, shown_now_());
        read_output(process);
      });
}

void ProcessBackend::await_exit(const std::shared_ptr<Process>& process) {
  process->exit.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this, alive = alive_, process](ErrorCode error) {
                             if (!error && *alive) ended(process);
                           });
}

void ProcessBackend::ended(const std::shared_ptr<Process>& process) {
  const int code{exit_code_of(process->pid)};
  process->grace.cancel();
  processes_.remove(process);
  // What it wrote last is still in the pipe: all of its tree is dead, so this ends.
  ErrorCode error;
  process->output.cancel(error);
  process->output.non_blocking(true, error);
  while (!error) {
    const std::size_t size{process->output.read_some(asio::buffer(process->chunk), error)};
    if (!error) process->log->append({process->chunk.data(), size}, shown_now_());
  }
  if (process->told && on_exit) on_exit(process->id, code);
}

void ProcessBackend::stop(const std::string& group, bool politely) {
  for (const auto& process : processes_) {
    if (process->id.group != group) continue;
    process->told = false;
    if (!politely) {
      kill(process->pid, end_at_once);
      continue;
    }
    kill(process->pid, ask_to_end);
    process->grace.expires_after(options_.stop_grace);
    process->grace.async_wait([process](ErrorCode error) {
      if (!error) kill(process->pid, end_at_once);
    });
  }
}

bool ProcessBackend::crash(const std::string& group, std::size_t container) {
  for (const auto& process : processes_) {
    if (process->id.group == group && process->id.container == container && process->told) {
      kill(process->pid, end_at_once);
      return true;
    }
  }
  return false;
}

std::string ProcessBackend::logs(const std::string& group, std::size_t container,
                                 std::optional<std::size_t> tail, bool timestamps) const {
  const auto of_group{logs_.find(group)};
  if (of_group == logs_.end()) return {};
  const auto log{of_group->second.find(container)};
  return log == of_group->second.end() ? std::string{} : log->second->text(tail, timestamps);
}

/// A command of the client's own choosing runs on this machine: only where the image's rule lets
/// clients choose commands at all.
Outcome<std::shared_ptr<Terminal>> ProcessBackend::exec(const Group& group, std::size_t container,
                                                        const ExecRequest& request) {
  const Container& in{group.containers[container]};
  const ImageRule* rule{find_image(options_, in.image)};
  if (rule == nullptr || !rule->allow_command) {
    return bad_request("CommandNotAllowed",
                       fmt::format("The emulator runs no command of a client in '{0}'. Allow it in "
                                   "the file given with --config: images: {{ \"{0}\": {{ "
                                   "allow_command: true }} }}",
                                   in.image),
                       "command");
  }
  Launch launch{launch_of(*rule, in, group)};
  launch.environment.emplace_back("TERM=xterm");
  std::shared_ptr<Terminal> terminal{std::make_shared<ProcessTerminal>(
      context_, TerminalLaunch{.program = "/bin/sh",
                               .arguments = {"sh", "-c", "exec " + request.command},
                               .environment = std::move(launch.environment),
                               .rows = request.rows,
                               .columns = request.columns})};
  return terminal;
}

void ProcessBackend::forget(const std::string& group) {
  logs_.erase(group);
}

}  // namespace spillway::emulator
