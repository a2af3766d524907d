// A node of a Kubernetes cluster whose pods are container groups: registers itself, sends
// heartbeats, runs the pods that the scheduler binds to it through the provider, and tells the API
// how they are. A group's name is made of its pod's uid, so that after a crash the same pods find
// the same groups and nothing is created twice; groups of ours without a pod are removed. Answers
// what the API server asks of a kubelet: logs; no exec, attach or port-forward. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/http.hpp"
#include "controller/io/probe.hpp"
#include "controller/io/random.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/template_reader.hpp"
#include "controller/kubernetes/watcher.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/virtual_node/opening.hpp"
#include "controller/virtual_node/pod_status.hpp"
#include "controller/virtual_node/purse.hpp"
#include "controller/virtual_node/settings.hpp"

namespace spillway::virtual_node {

/// A pod as it came, for what only some look at.
struct BoundPod {
  kubernetes::Metadata metadata{};
  std::shared_ptr<const boost::json::object> object{};
};

Result<BoundPod> parse_bound_pod(const boost::json::object& object);

/// The name of the group that runs the pod with this uid: `NODE-UID`, at most 63 characters.
std::string group_name(const std::string& node, const std::string& uid);

class VirtualNode {
 public:
  struct Parts {
    io::Clock& clock;
    io::Random& random;
    BurstProvider& provider;  ///< its owner tag belongs to this node alone
    io::Prober& prober;
    std::string owner;
    std::vector<Place> places;  ///< tried in this order
    Purse* purse{nullptr};      ///< null: nobody counts the money
  };

  VirtualNode(Settings settings, std::unique_ptr<kubernetes::ApiServer> server, Parts parts);
  ~VirtualNode();

  /// Runs until cancelled. The node, its pods and their groups stay as they are then: what comes
  /// back within the cluster's patience (five minutes by default) goes on with them.
  boost::asio::awaitable<void> run();

  /// For the server at the kubelet port, which has checked who asks: see kubelet_request.hpp. Known
  /// are the pods of the last listing.
  boost::asio::awaitable<io::HttpResponse> answer_kubelet(io::HttpRequest request);

  bool is_open() const { return opening_.is_open; }

 private:
  struct Known {
    std::string key{};  ///< NAMESPACE/NAME of its pod
    PodState state{};
    std::optional<PodState> told{};  ///< what the API knows
    bool has_group{false};
    std::optional<TimePoint> create_again_at{};
    TimePoint first_seen{};
    std::optional<TimePoint> looked_at{};
    std::size_t place{0};
    int port{0};
    std::string probe_path{};
    bool is_probed{false};
  };

  boost::asio::awaitable<void> keep_registered();
  boost::asio::awaitable<Result<void>> register_node();
  boost::asio::awaitable<Result<void>> beat(bool with_status);
  boost::asio::awaitable<void> keep_pods();
  boost::asio::awaitable<void> tick();
  boost::asio::awaitable<void> set_open();
  boost::asio::awaitable<void> serve(std::string uid);
  void refuse(Known& known, std::string_view reason, const std::string& why);
  boost::asio::awaitable<void> create(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> look(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> finish(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> tell(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> remove_orphan(GroupId id);
  int waiting_pods() const;
  std::optional<BoundPod> pod_of(const std::string& uid) const;
  boost::asio::awaitable<Result<void>> patch(std::string target, std::string body,
                                             std::string_view type);

  Settings settings_;
  std::unique_ptr<kubernetes::ApiServer> server_;
  Parts parts_;
  kubernetes::TypedStore<BoundPod> pods_{parse_bound_pod};
  kubernetes::TypedStore<BoundPod> unplaced_{parse_bound_pod};
  kubernetes::Watcher pods_watcher_;
  kubernetes::Watcher unplaced_watcher_;
  kubernetes::TemplateReader templates_;
  std::map<std::string, Known> known_{};  ///< by uid
  Opening opening_{};
  std::optional<bool> told_open_{};
};

}  // namespace spillway::virtual_node
