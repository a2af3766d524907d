// Runs a program and waits for what it prints: credential plugins, and commands that a config
// names. No shell, no input, no terminal; its environment is ours with additions. It runs in a
// process group of its own, which is killed when the wait ends early, so that nothing is left
// behind.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"

namespace spillway::io {

struct Program {
  std::vector<std::string> command{};  ///< program and arguments; without '/' it is found in PATH
  std::map<std::string, std::string> environment{};
  std::size_t output_limit{std::size_t{1} << 20U};  ///< of standard output and error, each
};

struct ProgramResult {
  int exit_code{0};  ///< 128 + signal, as a shell says it
  std::string output{};
  std::string error{};
};

/// Errors: `not_found` (no such program), `denied`, `unavailable` (it cannot be started),
/// `too_large` (it prints too much), `timeout`, `cancelled`. A program that ran and failed is no
/// error here.
boost::asio::awaitable<Result<ProgramResult>> run_program(Program program, Clock& clock,
                                                          Deadline deadline);

}  // namespace spillway::io
