// All that is watched of one cluster, shared by every workload: a handful of requests, however many
// there are. Each kind has its watcher; the versions of the API are those that the server has. One
// thread.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/cluster/kubernetes/base_pool.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/resources.hpp"
#include "controller/kubernetes/watcher.hpp"

namespace spillway::kubernetes {

class WatchedObjects {
 public:
  /// `name_space`: empty for all. All must outlive this.
  WatchedObjects(ApiServer& server, io::Clock& clock, io::Random& random, std::string name_space);

  /// Makes sure that the picture is whole and at most `age` old: waits for the watches, or lists if
  /// none runs. Errors: those of the server for what cannot be done without (pods; Deployments or
  /// StatefulSets).
  boost::asio::awaitable<Result<void>> refresh(Duration age, io::Deadline deadline);

  /// Watches everything until cancelled. Run at most once.
  boost::asio::awaitable<void> watch();

  /// The owner of pods with this key: of the kind that `kind` names, else a Deployment before a
  /// StatefulSet. Null if there is none. Valid until the next co_await, as all that follows.
  const PodOwner* owner(const std::optional<OwnerKind>& kind, const std::string& key) const;
  std::vector<const Pod*> pods_of(const PodOwner& owner);
  /// Null if nodes cannot be read, or could not for longer than the age of the last refresh; the
  /// same holds for the others that are optional.
  const NodePicture* nodes();
  const Autoscaler* autoscaler_of(const PodOwner& owner) const;
  const DisruptionBudget* budget_of(const PodOwner& owner) const;

  /// Optional kinds that cannot be read, and why: for doctor.
  std::vector<std::string> blind_spots() const;

 private:
  template <class T>
  struct Kind {
    Kind(std::string what, bool is_required, typename TypedStore<T>::Parse parse)
        : name{std::move(what)}, required{is_required}, store{std::move(parse)} {}

    std::string name;
    bool required;
    TypedStore<T> store;
    std::unique_ptr<Watcher> watcher{};
    bool is_served{true};  ///< the server has this kind
  };

  boost::asio::awaitable<Result<void>> discover(io::Deadline deadline);
  boost::asio::awaitable<Result<std::optional<std::string>>> version_of(
      std::string group, std::vector<std::string> understood, io::Deadline deadline);
  boost::asio::awaitable<void> list_all(io::Deadline deadline);
  boost::asio::awaitable<void> list_one(Watcher& watcher, io::Deadline deadline);
  template <class T>
  void open(Kind<T>& kind, const Resource& resource, const std::string& name_space);
  std::vector<Watcher*> watchers() const;
  std::array<Watcher*, 3> required() const;
  Result<void> check(Duration age) const;
  template <class T>
  bool is_readable(const Kind<T>& kind) const;
  void index_pods();

  ApiServer& server_;
  io::Clock& clock_;
  io::Random& random_;
  std::string name_space_;
  Kind<Pod> pods_{"pods", true, parse_pod};
  Kind<Node> nodes_{"nodes", false, parse_node};
  Kind<PodOwner> deployments_{"deployments", true, parse_deployment};
  Kind<PodOwner> stateful_sets_{"statefulsets", true, parse_stateful_set};
  Kind<Autoscaler> autoscalers_{"horizontalpodautoscalers", false, parse_autoscaler};
  Kind<DisruptionBudget> budgets_{"poddisruptionbudgets", false, parse_disruption_budget};
  Duration age_{std::chrono::seconds{30}};  ///< of the last refresh
  bool is_discovered_{false};
  bool is_watching_{false};
  std::uint64_t pods_indexed_{0};
  std::map<std::string, std::vector<const Pod*>> pods_by_label_{};
  std::uint64_t nodes_pictured_{0};
  std::uint64_t pods_pictured_{0};
  NodePicture node_picture_{};
};

}  // namespace spillway::kubernetes
