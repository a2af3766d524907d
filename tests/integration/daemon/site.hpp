// A real `spillway run` beside an emulator, and the files that one or several controllers share:
// what the tests of the whole program have in common. Its one workload has three base replicas and
// a load that needs eight, so that five burst replicas serve once all is well.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/integration/real_programs.hpp"
#include "tests/support/child_process.hpp"

namespace spillway::daemon_site {

class Site {
 public:
  Site();

  /// The config as it should be.
  void write_config(std::string_view on_stop);
  /// One that drains at its end, with `other` in the place of `usual`, which it has once.
  void write_config_with(std::string_view usual, std::string_view other);
  void write_config_with_secret(std::string_view secret);
  /// One that only observes, with another resource group.
  void write_observing_config(std::string_view resource_group);
  /// Neither who we are nor where burst would run.
  void write_config_without_provider();
  /// A value and a key with a letter too many.
  void write_broken_config();
  /// Makes the state look as if a later version had written it. Nobody may have it open.
  void age_program();
  /// Where the same owner's records are not: as on another machine.
  std::string config_without_state();

  std::unique_ptr<testing::ChildProcess> start() const { return spillway_.start(); }
  std::pair<std::string, int> command(std::vector<std::string> arguments) const {
    return spillway_.command(std::move(arguments));
  }
  int groups_in(std::string_view phase) const { return spillway_.count_in(phase); }
  boost::json::value status() const { return spillway_.status(); }
  const std::string& config_path() const { return spillway_.config_path(); }
  std::string api_url() const;

  /// How many groups of this owner are in the cloud, recorded or not; removes them.
  int sweep_cloud() const;
  /// How many requests the cloud has seen.
  std::size_t exchanges() const { return cloud_.exchanges().size(); }
  /// How many of them had this in their path.
  int exchanges_with(std::string_view part) const;
  /// The groups that a request of this method named, each once.
  std::set<std::string> groups_asked(std::string_view method) const;

  /// The file that a balancer would read.
  std::string servers() const;
  void edit_servers(std::string_view text);

 private:
  std::string config(std::string_view on_stop, std::string_view state) const;

  testing::ScratchDirectory directory_{};
  testing::EmulatedCloud cloud_{directory_, "--service-time, 10ms, --concurrency, \"1\""};
  testing::SpillwayProgram spillway_{(directory_.path() / "spillway.yaml").string()};
};

}  // namespace spillway::daemon_site
