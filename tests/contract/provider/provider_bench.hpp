// A cloud under test: a provider, and the hands that play the weather behind its back. The contract
// suite runs the same cases on each bench.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/burst_provider.hpp"
#include "tests/support/manual_clock.hpp"

namespace spillway::testing {

class ProviderBench {
 public:
  virtual ~ProviderBench() = default;

  // --- the cloud, behind the provider's back ---

  virtual BurstProvider& provider() = 0;
  /// Time goes on, for the provider and for the cloud.
  virtual void pass(Duration time) = 0;
  /// The names of all groups that exist, whoever's, sorted.
  virtual std::vector<std::string> names() = 0;
  /// Somebody else's group, running: tagged with another owner, or not at all if `owner` is empty.
  virtual void add_foreign(std::string name, std::string owner) = 0;
  /// The next create is refused with what this kind looks like on the wire.
  virtual void refuse_next_create(Errc kind) = 0;
  virtual void throttle_next_create(std::optional<Duration> retry_after) = 0;
  /// The next create is done, and its answer lost.
  virtual void lose_next_create_answer() = 0;
  /// The next create is accepted, and fails for lack of capacity when it should run.
  virtual void fail_next_start() = 0;
  /// The platform moves the group to another address.
  virtual void move(const std::string& name) = 0;
  virtual void fail_next_list() = 0;

  // --- short ways to ask ---

  Result<void> create(std::string name) { return create(usual_request(std::move(name))); }
  Result<void> create(GroupRequest request) {
    return run(provider().create(std::move(request), in_a_minute()));
  }
  Result<ProviderGroup> get(std::string name) {
    return run(provider().get({std::move(name)}, in_a_minute()));
  }
  Result<std::vector<ProviderGroup>> list() {
    Result<Listing> listed{run(provider().list(in_a_minute()))};
    if (!listed) return std::move(listed).error();
    if (!listed->is_whole()) return listed->unlisted.front().error;
    return std::move(listed->groups);
  }
  Result<void> remove(std::string name) {
    return run(provider().remove({std::move(name)}, in_a_minute()));
  }

  /// One vCPU, two replicas, in East US, with all our tags.
  GroupRequest usual_request(std::string name) const;
  io::Deadline in_a_minute() const { return io::deadline_after(clock, std::chrono::minutes{1}); }

  template <class T>
  T run(boost::asio::awaitable<T> operation) {
    return has_sockets_ ? clock.run_still(std::move(operation)) : clock.run(std::move(operation));
  }

  boost::asio::io_context context{};
  ManualClock clock{context};

 protected:
  explicit ProviderBench(bool has_sockets) : has_sockets_{has_sockets} {}

 private:
  bool has_sockets_;
};

/// The cloud that scenario tests use.
std::unique_ptr<ProviderBench> make_fake_bench();

}  // namespace spillway::testing
