// Containers as real local processes: each group on an address of its own in 127.0.0.0/8, images
// mapped to commands by the config, logs and exit codes real. Nothing survives the emulator.
#pragma once

#include <list>
#include <map>
#include <memory>

#include "tests/emulator/backend.hpp"
#include "tests/emulator/log_buffer.hpp"
#include "tests/emulator/options.hpp"

namespace boost::asio {
class io_context;
}

namespace spillway::emulator {

class ProcessBackend final : public Backend {
 public:
  /// `shown_now` gives the instants that logs are stamped with.
  ProcessBackend(boost::asio::io_context& context, const EmulatorOptions& options,
                 std::function<TimePoint()> shown_now);
  ~ProcessBackend() override;

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
  struct Process;
  using Log = std::shared_ptr<LogBuffer>;

  void tell_later(const RunId& run, int exit_code);
  void read_output(const std::shared_ptr<Process>& process);
  void await_exit(const std::shared_ptr<Process>& process);
  void ended(const std::shared_ptr<Process>& process);

  boost::asio::io_context& context_;
  const EmulatorOptions& options_;
  std::function<TimePoint()> shown_now_;
  std::list<std::shared_ptr<Process>> processes_{};
  std::shared_ptr<bool> alive_{
      std::make_shared<bool>(true)};  ///< false for handlers that come late
  std::map<std::string, std::map<std::size_t, Log>> logs_{};
};

}  // namespace spillway::emulator
