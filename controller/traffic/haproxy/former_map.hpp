// The entry of a HAProxy map that no config follows any more: a `map` that was taken out of the
// settings, or whose file or key changed, during a burst. Its one task is to bring the entry to
// what it is without burst replicas, which now go by the other rules of HAProxy's config. It has no
// servers: those belong to the balancer that goes on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/traffic/haproxy/asked.hpp"
#include "controller/traffic/haproxy/process.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

class FormerMap final : public Traffic {
 public:
  /// `settings` as they were, with the map. Throws as `lines_to` does. `clock` must outlive it.
  FormerMap(std::string name, Settings settings, io::Clock& clock);

  /// The lines as given, for tests.
  FormerMap(std::string name, Settings settings, std::vector<std::unique_ptr<RuntimeApi>> lines);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }
  /// Of the processes at which it brings the entry back.
  std::vector<std::string> addresses() const;

  /// Brings the entry of `workload` back at every process; then there is nothing of ours. A map
  /// that a process does not have any more leads nowhere, and is well. Errors: those of the
  /// processes, of whom none may be missing.
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> admit(Backend, io::Deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend, io::Deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend, io::Deadline) override;

 private:
  std::string name_;
  std::unique_ptr<const Settings> settings_;  // the processes refer to it
  Asked asked_{};
  std::vector<std::unique_ptr<Process>> processes_{};
};

}  // namespace spillway::haproxy
