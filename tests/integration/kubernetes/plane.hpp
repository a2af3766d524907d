// One real control plane for all tests of a program, and namespaces with a workload in it. Started
// by the first test that needs it.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tests/integration/kubernetes/kubernetes_rig.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::testing {

/// One control plane for all tests here; each has namespaces of its own.
struct Plane {
  RealTime time{};
  KubernetesRig rig{time};
  std::string token{};

  Plane() {
    apply("rbac.yaml");
    token = rig.token_of("spillway", "spillway");
    rig.add_node("n1", 2);
  }

  /// One of the shipped manifests.
  void apply(const std::string& manifest) {
    const char* const folder{std::getenv("DEPLOY")};
    if (folder == nullptr) throw std::runtime_error{"DEPLOY is not set: run through `meson test`"};
    rig.kubectl({"apply", "-f", std::string{folder} + "/" + manifest});
  }
};

inline Plane& plane() {
  static Plane the_plane{};
  return the_plane;
}

/// A namespace with the workload `web` and our rights, removed with its content.
class Shop {
 public:
  /// `command` of its container; `[]`: the image's own.
  explicit Shop(std::string name, int replicas, std::string_view pod = "",
                std::string_view command = "[/web]")
      : name_{std::move(name)} {
    rig().kubectl({"create", "namespace", name_});
    rig().kubectl({"-n", name_, "create", "rolebinding", "spillway",
                   "--clusterrole=spillway-workloads", "--serviceaccount=spillway:spillway"});
    rig().apply(fmt::format(R"(
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings, namespace: {0}}}
data: {{MODE: fast}}
---
apiVersion: v1
kind: Secret
metadata: {{name: keys, namespace: {0}}}
stringData: {{KEY: hunter2}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {0}}}
spec:
  selector: {{app: web}}
  ports: [{{name: http, port: 80, targetPort: 8080}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {0}}}
spec:
  replicas: {1}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: example.com/web:1
          command: {3}
          ports: [{{containerPort: 8080}}]
          envFrom: [{{configMapRef: {{name: settings}}}}, {{secretRef: {{name: keys}}}}]
          resources: {{requests: {{cpu: 500m, memory: 128Mi}}}}
          readinessProbe: {{httpGet: {{path: /healthz, port: 8080}}}}
{2}
)",
                            name_, replicas, pod, command));
  }
  ~Shop() {
    try {
      rig().call("DELETE", "/apis/apps/v1/namespaces/" + name_ + "/deployments/web");
      rig().kubectl({"delete", "namespace", name_, "--wait=false"});
      wait_until([&] { return rig().run_pods(name_) == 0; });
    } catch (const std::runtime_error& failure) {
      // The test has said what it had to say; the next one has a namespace of its own.
      std::fprintf(stderr, "leaving %s: %s\n", name_.c_str(), failure.what());
    }
  }

  KubernetesRig& rig() { return plane().rig; }
  const std::string& name() const { return name_; }

  /// Says for the kubelet that pods run, until `count` do.
  void wait_for_running(int count) {
    REQUIRE(wait_until([&] { return rig().run_pods(name_) == count; }));
  }

 private:
  std::string name_;
};

}  // namespace spillway::testing

#define NEEDS_KUBERNETES() \
  if (const auto why = KubernetesRig::why_not(); !why.empty()) return skip_test(why)
