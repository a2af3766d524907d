#include "tests/emulator/process_terminal.hpp"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <cstring>

#include "tests/emulator/container_init.hpp"

namespace spillway::emulator {
namespace {

using ErrorCode = boost::system::error_code;

}  // namespace

ProcessTerminal::ProcessTerminal(boost::asio::io_context& context, TerminalLaunch launch)
    : launch_{std::move(launch)}, master_{context} {}

ProcessTerminal::~ProcessTerminal() {
  kill_program();
}

void ProcessTerminal::open(Peer peer) {
  peer_ = std::move(peer);
  winsize size{};
  size.ws_row = static_cast<unsigned short>(launch_.rows);
  size.ws_col = static_cast<unsigned short>(launch_.columns);
  const std::vector<char*> arguments{c_strings(launch_.arguments)};
  const std::vector<char*> environment{c_strings(launch_.environment)};
  int master{-1};
  pid_ = forkpty(&master, nullptr, nullptr, &size);
  if (pid_ == 0) {
    // From here on only async-signal-safe calls.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD}) signal(number, SIG_DFL);
    close_range(3, ~0U, 0);
    execve(launch_.program.c_str(), arguments.data(), environment.data());
    constexpr char message[]{"exec failed: the program cannot be executed\r\n"};
    [[maybe_unused]] const ssize_t written{::write(STDERR_FILENO, message, sizeof message - 1)};
    _exit(127);
  }
  if (pid_ < 0) {
    peer_.output(std::string{"no terminal: "} + std::strerror(errno) + "\r\n");
    if (const auto ended{peer_.ended}) ended();
    return;
  }
  fcntl(master, F_SETFD, FD_CLOEXEC);
  master_.assign(master);
  read();
}

void ProcessTerminal::read() {
  master_.async_read_some(boost::asio::buffer(chunk_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
                            if (!self->peer_.output) return;
                            if (size > 0)
                              self->peer_.output(std::string{self->chunk_.data(), size});
                            if (!error) {
                              self->read();
                              return;
                            }
                            // EIO: the last process on the terminal is gone.
                            if (const auto ended{self->peer_.ended}) ended();
                          });
}

void ProcessTerminal::input(std::string_view bytes) {
  constexpr std::size_t waiting_max{1024};
  if (!master_.is_open() || waiting_.size() >= waiting_max) return;
  waiting_.emplace_back(bytes);
  write();
}

void ProcessTerminal::write() {
  if (writing_ || waiting_.empty() || !master_.is_open()) return;
  writing_ = true;
  boost::asio::async_write(master_, boost::asio::buffer(waiting_.front()),
                           [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                             self->writing_ = false;
                             self->waiting_.pop_front();
                             if (!error) self->write();
                           });
}

void ProcessTerminal::hang_up() {
  peer_ = {};
  ErrorCode ignored;
  master_.close(ignored);
  kill_program();
}

void ProcessTerminal::kill_program() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);  // forkpty made it the leader of a session, hence of a group
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace spillway::emulator
