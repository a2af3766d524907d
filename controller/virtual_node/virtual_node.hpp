// A node of a Kubernetes cluster whose pods are container groups: registers itself, sends
// heartbeats, runs the pods that the scheduler binds to it through the provider, and tells the API
// how they are. A group's name is made of its pod's uid, so that after a crash the same pods find
// the same groups and nothing is created twice. What a pod was before a restart is taken from the
// API: nothing is told before something was seen. Groups of ours without a pod are removed, at once
// if it was seen deleted, else after a while, and never those of another cluster. Answers what the
// API server asks of a kubelet: logs, exec, attach and port-forward. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/http_server.hpp"
#include "controller/io/probe.hpp"
#include "controller/io/random.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/template_reader.hpp"
#include "controller/kubernetes/watcher.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/provider/terminals.hpp"
#include "controller/virtual_node/forwards.hpp"
#include "controller/virtual_node/kubelet_request.hpp"
#include "controller/virtual_node/node_object.hpp"
#include "controller/virtual_node/opening.hpp"
#include "controller/virtual_node/orphans.hpp"
#include "controller/virtual_node/places.hpp"
#include "controller/virtual_node/pod_events.hpp"
#include "controller/virtual_node/pod_shape.hpp"
#include "controller/virtual_node/pod_status.hpp"
#include "controller/virtual_node/purse.hpp"
#include "controller/virtual_node/readiness.hpp"
#include "controller/virtual_node/remote/remote_session.hpp"
#include "controller/virtual_node/settings.hpp"

namespace spillway::virtual_node {

/// A pod as it came, for what only some look at.
struct BoundPod {
  kubernetes::Metadata metadata{};
  std::shared_ptr<const boost::json::object> object{};
};

Result<BoundPod> parse_bound_pod(const boost::json::object& object);

/// Of a pod that is being deleted: whether it may still say goodbye.
bool has_grace(const BoundPod& pod, TimePoint now);

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
    std::vector<Place> places;                      ///< tried in this order; at least one
    Purse* purse{nullptr};                          ///< null: nobody counts the money
    Duration reap_after{std::chrono::minutes{10}};  ///< for groups whose pod is not there
    Duration beat{heartbeat};                       ///< between two renewals of the lease
    Terminals* terminals{nullptr};                  ///< null: there is no exec
    /// Workloads whose policies want more than their base has; nothing: not known. Empty: none may.
    std::function<std::optional<int>()> wanting{};
  };

  VirtualNode(Settings settings, std::unique_ptr<kubernetes::ApiServer> server, Parts parts);
  ~VirtualNode();

  /// A reload makes another node of the same daemon: what runs in pods of `before` counts and ends
  /// as if it had begun here, and an open node is not a newly opened one. Before `run`.
  void go_on_from(const VirtualNode& before);

  /// Runs until cancelled. The node, its pods and their groups stay as they are then: what comes
  /// back within the cluster's patience (five minutes by default) goes on with them.
  boost::asio::awaitable<void> run();

  /// For the server at the kubelet port, which has checked who asks: see kubelet_request.hpp. Known
  /// are the pods of the last listing. A live body reads from the provider: it must not outlive it.
  boost::asio::awaitable<io::HttpReply> answer_kubelet(io::HttpRequest request);

  bool is_open() const { return opening_.is_open; }

 private:
  struct Known {
    std::string key{};  ///< NAMESPACE/NAME of its pod
    PodShape shape{};
    PodState state{};
    bool is_seen{false};             ///< `state` is what we found; else what the API said before
    bool is_told{false};             ///< the API says the same
    std::optional<PodState> told{};  ///< what it was told last
    TimePoint told_at{};
    bool has_group{false};
    Provisioning listed{Provisioning::pending};  ///< by the last listing, as is
    std::string listed_ip{};
    std::optional<TimePoint> create_again_at{};
    TimePoint first_seen{};
    std::optional<TimePoint> looked_at{};  ///< nothing: look at it now
    std::size_t place{0};
    Readiness readiness{};
    bool may_look{false};  ///< in this tick
  };

  boost::asio::awaitable<void> keep_registered();
  boost::asio::awaitable<Result<void>> register_node();
  boost::asio::awaitable<Result<void>> beat(bool with_status);
  boost::asio::awaitable<void> keep_pods();
  boost::asio::awaitable<void> tick();
  boost::asio::awaitable<void> set_open();
  boost::asio::awaitable<void> learn_open();
  void end_forwards(TimePoint now);
  boost::asio::awaitable<void> learn_cluster();
  void meet(const std::string& key, const BoundPod& pod, TimePoint now);
  void share_looks(TimePoint now);
  boost::asio::awaitable<void> serve(std::string uid);
  boost::asio::awaitable<void> find_vanished(std::string uid);
  void refuse(Known& known, std::string_view reason, const std::string& why);
  boost::asio::awaitable<void> create(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> look(std::string uid);
  void take_look(Known& known, const ProviderGroup& group, TimePoint now);
  std::size_t place_of(const Known& known, const ProviderGroup& group) const;
  boost::asio::awaitable<void> probe(std::string uid);
  boost::asio::awaitable<void> finish(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> tell(std::string uid, BoundPod pod);
  boost::asio::awaitable<void> tell_event(BoundPod pod, PodEvent event);
  boost::asio::awaitable<void> remove_group(GroupId id);
  void report_orphans(const Orphans::Verdict& verdict);
  int waiting_pods() const;
  std::optional<BoundPod> pod_of(const std::string& uid) const;
  boost::asio::awaitable<io::HttpReply> answer_logs(LogRequest logs);
  io::HttpReply answer_remote(const io::HttpRequest& request, RemoteRequest asked);
  io::HttpReply answer_forward(const io::HttpRequest& request, const ForwardRequest& asked);
  std::optional<io::HttpResponse> refuse_session(const std::string& pod) const;
  boost::asio::awaitable<Result<void>> patch(std::string target, std::string body,
                                             std::string_view type);

  Settings settings_;
  std::unique_ptr<kubernetes::ApiServer> server_;
  Parts parts_;
  Orphans orphans_{};
  kubernetes::TypedStore<BoundPod> pods_;
  kubernetes::TypedStore<BoundPod> unplaced_{parse_bound_pod};
  kubernetes::Watcher pods_watcher_;
  kubernetes::Watcher unplaced_watcher_;
  kubernetes::TemplateReader templates_;
  std::map<std::string, Known> known_{};  ///< by uid
  Places places_;
  std::string cluster_{};  ///< uid of the cluster; empty: not known
  std::optional<TimePoint> ask_cluster_at_{};
  Orphans::Verdict reported_{};
  Opening opening_{};
  bool is_opening_learned_{false};  ///< from the Node as it was found
  std::optional<bool> told_open_{};
  TimePoint ask_node_at_{};
  bool is_cordon_told_{false};
  bool are_events_denied_{false};
  std::optional<TimePoint> ready_since_{};  ///< nothing: not heard by the API
  std::shared_ptr<RemoteCount> remote_{std::make_shared<RemoteCount>()};
  Forwards forwards_{};
};

}  // namespace spillway::virtual_node
