#include "tests/state/forked.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace spillway::testing {

Forked::Forked(const std::function<void(const std::function<void(int)>& tell)>& body) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error{"pipe failed"};
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error{"fork failed"};
  if (pid_ == 0) {
    ::close(ends[0]);
    body([&](int number) {
      if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(1);
    });
    ::_exit(0);
  }
  ::close(ends[1]);
  pipe_ = ends[0];
}

Forked::~Forked() {
  kill();
  ::close(pipe_);
}

std::optional<int> Forked::next() {
  int number{};
  for (;;) {
    const ssize_t size{::read(pipe_, &number, sizeof number)};
    if (size == sizeof number) return number;
    if (size >= 0 || errno != EINTR) return std::nullopt;
  }
}

void Forked::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

}  // namespace spillway::testing
