// The real programs that integration tests are made of: the emulator as the cloud, with processes
// on loopback as its groups, and `spillway` with its commands. Where they are comes from meson.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"

namespace spillway::testing {

/// The path that the environment variable names; ends the test case if there is none.
std::string program(const char* variable);

/// For real programs on a busy machine.
constexpr std::chrono::milliseconds patience{60'000};

/// The image that is the demonstration's workload.
struct EmulatedImage {
  std::string name{"demo/web:*"};  ///< with any tag
  bool allows_command{false};      ///< a group may name a program of its own
};

/// An `aci-emulator` with one image.
class EmulatedCloud {
 public:
  /// `workload_options` are words of YAML: `--service-time, 10ms`. A start takes two seconds.
  EmulatedCloud(const ScratchDirectory& directory, std::string_view workload_options,
                const EmulatedImage& image = {});

  const std::string& url() const { return url_; }
  /// The section `provider` of a config.
  std::string provider_section() const;

  struct Exchange {
    std::string method{};
    std::string path{};
  };
  /// Everything that was asked so far, in order, with an answer or without.
  std::vector<Exchange> exchanges() const;

 private:
  std::string record_;
  std::unique_ptr<ChildProcess> process_{};
  std::string url_{};
};

/// `spillway run` with one config, and the commands that a person would type beside it.
class SpillwayProgram {
 public:
  explicit SpillwayProgram(std::string config_path) : config_path_{std::move(config_path)} {}

  /// A port for `api.listen`, which `status` asks.
  std::uint16_t api_port() const { return api_port_; }
  const std::string& config_path() const { return config_path_; }

  std::unique_ptr<ChildProcess> start() const;
  /// Runs a command to its end; what it wrote, and the exit code.
  std::pair<std::string, int> command(std::vector<std::string> arguments) const;
  /// The first workload of `status`; null if nobody answers.
  boost::json::value status() const;
  /// The names of burst groups in this phase, sorted; empty also if nobody answers.
  std::vector<std::string> groups_in(std::string_view phase) const;
  /// How many there are; -1 if nobody answers.
  int count_in(std::string_view phase) const;

 private:
  std::string config_path_;
  std::uint16_t api_port_{free_port()};
};

}  // namespace spillway::testing
