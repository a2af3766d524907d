// What the program's log says, for a test to read.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "controller/io/log.hpp"

namespace spillway::testing {

/// Standard error goes into memory while it lives: what the log says.
class CaughtLog {
 public:
  CaughtLog() : file_{memfd_create("log", 0)}, before_{dup(STDERR_FILENO)} {
    std::fflush(stderr);
    dup2(file_, STDERR_FILENO);
    io::start_logging(io::LogFormat::json, io::LogLevel::info);
  }
  CaughtLog(const CaughtLog&) = delete;
  CaughtLog& operator=(const CaughtLog&) = delete;
  ~CaughtLog() {
    std::fflush(stderr);
    dup2(before_, STDERR_FILENO);
    close(before_);
    close(file_);
  }

  std::string text() const {
    std::fflush(stderr);
    std::string all{};
    std::array<char, 4096> part{};
    for (off_t at{0};;) {
      const ssize_t count{pread(file_, part.data(), part.size(), at)};
      if (count <= 0) return all;
      all.append(part.data(), static_cast<std::size_t>(count));
      at += count;
    }
  }
  int count(std::string_view event) const {
    const std::string wanted{"\"event\":\"" + std::string{event} + "\""};
    const std::string all{text()};
    int found{0};
    for (auto at{all.find(wanted)}; at != all.npos; at = all.find(wanted, at + 1)) ++found;
    return found;
  }

 private:
  int file_;
  int before_;
};

}  // namespace spillway::testing
