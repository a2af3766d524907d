// The groups of a virtual node that the settings do not have any more: nobody else would list them,
// remove them, or know what they cost. While there is a node they are its own business, and this
// passes everything on to the loop's provider. One thread.
#pragma once

#include <optional>

#include "controller/io/clock.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::wiring {

/// What the node's groups are called in place of a workload: no workload has such a name, so that
/// they are reaped and never adopted.
inline constexpr std::string_view pod_prefix{"pod/"};

class WithNodeGroups final : public BurstProvider {
 public:
  /// `loop` has the owner's groups, `node` those of the owner tag of its node. All must outlive it.
  WithNodeGroups(BurstProvider& loop, BurstProvider& node, io::Clock& clock)
      : loop_{loop}, node_{node}, clock_{clock} {}

  /// True while the settings have a virtual node.
  void leave_to_node(bool has_node) { has_node_ = has_node; }

  boost::asio::awaitable<Result<void>> create(GroupRequest request, io::Deadline deadline) override;
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override;
  /// The node's groups are asked for now and then only: they do not grow in number.
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                   io::Deadline deadline) override;
  int create_tokens(TimePoint now) const override;
  int create_tokens_in(const Place& place, TimePoint now) const override;
  void note_past_create(const Place& place, TimePoint at) override;
  void note_past_remove(const Place& place, TimePoint at) override;

 private:
  BurstProvider& loop_;
  BurstProvider& node_;
  io::Clock& clock_;
  bool has_node_{false};
  std::optional<TimePoint> listed_node_at_{};
};

}  // namespace spillway::wiring
