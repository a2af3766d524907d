#include "tests/emulator/container_init.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace spillway::emulator {
namespace {

static_assert(ask_to_end == SIGTERM && end_at_once == SIGUSR1);

// From here on only async-signal-safe calls: the emulator may have had threads when it forked, and
// their locks came along.

void kill_children() {
  const int list{open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)};
  if (list < 0) return;
  char text[4096];
  const ssize_t size{read(list, text, sizeof text)};
  close(list);
  for (const char *at{text}, *const end{text + (size > 0 ? size : 0)}; at < end;) {
    int pid{0};
    const auto parsed{std::from_chars(at, end, pid)};
    if (parsed.ec == std::errc{} && pid > 1) kill(pid, SIGKILL);
    at = parsed.ptr + 1;
  }
}

/// Orphans become our children one generation at a time, hence the loop.
void kill_tree(pid_t program) {
  kill(-program, SIGKILL);
  for (;;) {
    kill_children();
    if (waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) return;
  }
}

[[noreturn]] void run_program(const char* program, char* const* arguments,
                              char* const* environment) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) signal(number, SIG_DFL);
  execve(program, arguments, environment);
  constexpr char message[]{"exec failed: the program cannot be executed\n"};
  [[maybe_unused]] const ssize_t written{write(STDERR_FILENO, message, sizeof message - 1)};
  _exit(127);
}

/// Waits for the program to end, or for an order to end it; returns the exit code.
int watch(pid_t program, const sigset_t& signals) {
  for (;;) {
    const int signal_number{sigwaitinfo(&signals, nullptr)};
    if (signal_number == SIGTERM) kill(-program, SIGTERM);
    if (signal_number == SIGUSR1) {
      kill_tree(program);
      return 128 + SIGKILL;
    }
    int status{0};
    for (pid_t ended{0}; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended != program) continue;
      const int code{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
      kill_tree(program);
      return code;
    }
  }
}

[[noreturn]] void be_init(pid_t emulator, int output, const char* program, char* const* arguments,
                          char* const* environment) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGUSR1}) sigaddset(&signals, number);
  sigprocmask(SIG_SETMASK, &signals, nullptr);
  signal(SIGCHLD, SIG_DFL);  // ignored, it would take exit codes from us
  setsid();
  prctl(PR_SET_NAME, "aci-container");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, SIGUSR1);
  if (getppid() != emulator) _exit(128 + SIGKILL);  // it died before we could ask to be told
  const int nothing{open("/dev/null", O_RDONLY)};
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  // The emulator's listening sockets and pipes must not live on in a container.
  close_range(3, ~0U, 0);
  const pid_t child{fork()};
  if (child < 0) _exit(126);
  if (child == 0) run_program(program, arguments, environment);
  setpgid(child, child);  // both sides, so that neither has to wait for the other
  const int code{watch(child, signals)};
  _exit(code);
}

}  // namespace

std::vector<char*> c_strings(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  // exec takes non-const pointers for C's sake and does not write through them.
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

pid_t start_container(const Launch& launch) {
  const std::vector<char*> arguments{c_strings(launch.arguments)};
  const std::vector<char*> environment{c_strings(launch.environment)};
  const pid_t emulator{getpid()};
  const pid_t pid{fork()};
  if (pid == 0) {
    be_init(emulator, launch.output, launch.program.c_str(), arguments.data(), environment.data());
  }
  return pid;
}

}  // namespace spillway::emulator
