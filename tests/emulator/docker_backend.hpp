// Containers as real containers of a Docker engine: each group on an address of its own in
// 127.0.0.0/8, where its ports are published; its containers share one network. Images must be on
// the engine already. Nothing is left behind: all carry a label and go with the emulator, or, if it
// was killed, when the next one starts.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string_view>

#include "tests/emulator/backend.hpp"
#include "tests/emulator/docker_engine.hpp"
#include "tests/emulator/log_buffer.hpp"
#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// True if a container's label names an emulator on this host whose process is gone.
bool is_left_behind(std::string_view label, std::string_view host,
                    const std::function<bool(int pid)>& is_alive);

class DockerBackend final : public Backend {
 public:
  /// Throws std::runtime_error if there is no engine at `options.docker_host`.
  /// `shown_now` gives the instants that logs are stamped with.
  DockerBackend(boost::asio::io_context& context, const EmulatorOptions& options,
                std::function<TimePoint()> shown_now);
  ~DockerBackend() override;

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
  struct Stream;
  struct Running {
    RunId run;
    std::string id;  ///< the engine's
    bool told{true};
  };

  boost::json::value definition_of(const Container& container, const Group& group,
                                   const std::string& network_of) const;
  void fail(const RunId& run, const std::string& why);
  void follow_log(const std::string& id, std::shared_ptr<LogBuffer> log);
  void await_exit(const std::string& id);
  void ended(const std::string& id, int code);
  void remove(const std::string& id) const;
  void remove_left_behind() const;

  boost::asio::io_context& context_;
  const EmulatorOptions& options_;
  std::function<TimePoint()> shown_now_;
  DockerEngine engine_;
  std::string label_;                         ///< of this emulator's containers
  std::map<std::string, Running> running_{};  ///< by the engine's id
  std::map<std::string, std::map<std::size_t, std::shared_ptr<LogBuffer>>> logs_{};
  std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};
};

}  // namespace spillway::emulator
