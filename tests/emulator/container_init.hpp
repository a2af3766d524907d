// The first process of a "container": starts the real program, reaps what it leaves, and takes the
// whole tree down when asked or when the emulator dies, be it by kill -9.
//
// It is a fork of the emulator that never returns. Subreaper + PDEATHSIG do the work: no cgroup, no
// root.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace spillway::emulator {

struct Launch {
  std::string program;                   ///< path of the executable
  std::vector<std::string> arguments;    ///< argv, the program's name included
  std::vector<std::string> environment;  ///< NAME=value
  int output;                            ///< descriptor that gets stdout and stderr
};

/// Signals to the pid that start_container returns.
constexpr int ask_to_end{15};   ///< SIGTERM: passed on to the program's process group
constexpr int end_at_once{10};  ///< SIGUSR1: SIGKILL to everything below

/// The pid of the init process, which ends with the program's exit code, or 128 + its signal;
/// 127 if it could not be executed. -1 with errno if the fork failed.
pid_t start_container(const Launch& launch);

/// What exec takes: pointers into `texts`, which have to outlive them, and a null pointer.
std::vector<char*> c_strings(const std::vector<std::string>& texts);

}  // namespace spillway::emulator
