// The real adapter over the emulator, in one process and on one io_context. The emulator's time
// stands still unless it is told to move.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/io/random.hpp"
#include "controller/provider/aci/connection.hpp"
#include "tests/contract/provider/provider_bench.hpp"
#include "tests/emulator/emulator.hpp"

namespace spillway::testing {

class AciBench : public ProviderBench {
 public:
  using Change = std::function<void(emulator::EmulatorOptions&, aci::AciSettings&)>;

  /// `change` sees the usual options and settings before anything starts.
  explicit AciBench(const Change& change = {});

  BurstProvider& provider() override { return *connection.provider; }
  void pass(Duration time) override;
  std::vector<std::string> names() override;
  void add_foreign(std::string name, std::string owner) override;
  void refuse_next_create(Errc kind) override;
  void throttle_next_create(std::optional<Duration> retry_after) override;
  void lose_next_create_answer() override;
  void fail_next_start() override;
  void move(const std::string& name) override;
  void fail_next_list() override;

  /// Every token handed out so far is refused from now on.
  void revoke_tokens();
  /// The platform interrupts a running group: `cause` is eviction or maintenance.
  void interrupt(const std::string& name, const std::string& cause);
  /// How often the emulator answered `operation`, such as `ContainerGroups_Delete`.
  int answers(std::string_view operation);

 private:
  void tell_cloud(const std::string& path, std::string body);
  static std::unique_ptr<emulator::Emulator> start(boost::asio::io_context& context,
                                                   const Change& change, aci::AciSettings& made);

  aci::AciSettings settings_{};
  io::SeededRandom random_{7};

 public:
  std::unique_ptr<emulator::Emulator> cloud;
  aci::Connection connection;
};

}  // namespace spillway::testing
