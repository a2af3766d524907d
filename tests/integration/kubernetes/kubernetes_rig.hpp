// A real Kubernetes control plane on loopback for tests: etcd, API server, controller manager and
// scheduler, with RBAC, TLS by an authority of the test's own, and nodes that are only objects. No
// kubelet: the test itself says that pods run. The binaries come from SPILLWAY_K8S_BIN.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/kubernetes/api_server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::testing {

class KubernetesRig {
 public:
  /// Why it cannot run here, for a skipped test; empty: it can.
  static std::string why_not();

  /// Starts everything and waits until it is ready, about 10 s. Throws if something does not start.
  explicit KubernetesRig(RealTime& time);
  ~KubernetesRig();

  std::string url() const;
  const std::string& ca_file() const { return ca_file_; }
  /// A kubeconfig of the administrator.
  const std::string& kubeconfig() const { return kubeconfig_; }
  const ScratchDirectory& scratch() const { return scratch_; }

  /// Runs kubectl as the administrator to its end: output, both kinds. Throws if it fails.
  std::string kubectl(std::vector<std::string> arguments);
  /// `kubectl apply` of this text.
  void apply(std::string_view yaml);

  /// The token of a service account, made by the controller manager.
  std::string token_of(const std::string& name_space, const std::string& account);
  /// A connection with this token.
  std::unique_ptr<kubernetes::ApiServer> server(const std::string& token);
  /// A connection with a client certificate of the user `spillway test`.
  std::unique_ptr<kubernetes::ApiServer> server_by_certificate();

  /// A node that is ready and has this many cores.
  void add_node(const std::string& name, int cores);
  /// Says for a kubelet that every pod of the namespace that has a node runs and is ready. Returns
  /// how many have.
  int run_pods(const std::string& name_space);

  void kill_api_server();
  void start_api_server();
  /// Forgets all old versions: etcd's compaction at its present revision.
  void compact();

  /// As the administrator. Throws on errors.
  boost::json::object call(std::string method, std::string target, std::string body = {},
                           std::string content_type = std::string{kubernetes::json_type});

 private:
  std::string binary(std::string_view name) const;
  void start_etcd();
  bool answers();

  RealTime& time_;
  ScratchDirectory scratch_{};
  Authority authority_{"spillway-test-authority"};
  std::uint16_t etcd_port_{free_port()};
  std::uint16_t peer_port_{free_port()};
  std::uint16_t port_{free_port()};
  std::string ca_file_{};
  std::string kubeconfig_{};
  std::vector<std::string> api_command_{};
  std::unique_ptr<ChildProcess> etcd_{};
  std::unique_ptr<ChildProcess> api_{};
  std::unique_ptr<ChildProcess> controllers_{};
  std::unique_ptr<ChildProcess> scheduler_{};
  std::unique_ptr<kubernetes::ApiServer> admin_{};
  std::unique_ptr<io::HttpClient> http_{};
};

}  // namespace spillway::testing
