// Containers that only exist on paper: they run as long as their image rule says and log what it
// says.
#pragma once

#include <map>
#include <utility>

#include "tests/emulator/backend.hpp"
#include "tests/emulator/log_buffer.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

class SimulatedBackend final : public Backend {
 public:
  explicit SimulatedBackend(const EmulatorOptions& options) : options_{options} {}

  std::optional<ArmError> refuses(const Group& group) const override;
  bool is_free(const std::string& address, const Group& group) const override;
  std::optional<Duration> start(const RunId& run, const Group& group, TimePoint now) override;
  void stop(const std::string& group, bool politely) override;
  bool crash(const std::string& group, std::size_t container) override;
  std::string logs(const std::string& group, std::size_t container, std::optional<std::size_t> tail,
                   bool timestamps) const override;
  Outcome<std::shared_ptr<Terminal>> exec(const Group& group, std::size_t container,
                                          const ExecRequest& request) override;
  void forget(const std::string& group) override;

 private:
  const EmulatorOptions& options_;
  std::map<std::string, std::map<std::size_t, LogBuffer>> logs_;
};

}  // namespace spillway::emulator
