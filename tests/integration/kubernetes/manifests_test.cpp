// The manifests that ship, against a real API server: it knows every field, and its controllers
// make of the Deployment the pod that is meant.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "controller/io/atomic_file.hpp"
#include "tests/integration/kubernetes/plane.hpp"
#include "tests/support/skip.hpp"

namespace spillway::manifests_test {

using namespace spillway::testing;

namespace {

std::string path_of(const std::string& manifest) {
  const char* const folder{std::getenv("DEPLOY")};
  REQUIRE(folder != nullptr);
  return std::string{folder} + "/" + manifest;
}

}  // namespace

TEST_CASE("the API server takes every manifest, and makes the pod that is meant") {
  NEEDS_KUBERNETES();
  KubernetesRig& rig{plane().rig};
  for (const char* const manifest : {"rbac.yaml", "rbac-virtual-node.yaml", "spillway.yaml"}) {
    CAPTURE(manifest);
    const std::vector<std::string> apply{"apply", "--validate=true", "-f", path_of(manifest)};
    std::vector<std::string> dry{apply};
    dry.push_back("--dry-run=server");
    CHECK_NOTHROW(rig.kubectl(dry));
    CHECK_NOTHROW(rig.kubectl(apply));
  }
  // So that the above means something: a field that is not known is refused.
  std::string typo{io::read_file(path_of("spillway.yaml"), std::size_t{1} << 20U).value()};
  typo.replace(typo.find("livenessProbe"), 13, "livenesProbe");
  CHECK_THROWS_AS(rig.kubectl({"apply", "--validate=true", "--dry-run=server", "-f",
                               rig.scratch().write("typo.yaml", typo)}),
                  std::runtime_error);

  const auto seen{[&](const std::string& path) {
    return rig.kubectl({"-n", "spillway", "get", "pods", "-l", "app=spillway", "-o",
                        "jsonpath={.items[*]" + path + "}"});
  }};
  const bool is_made{wait_until([&] { return seen(".spec.serviceAccountName") == "spillway"; })};
  CHECK(is_made);
  CHECK(seen(".spec.securityContext.runAsNonRoot") == "true");
  CHECK(seen(".spec.securityContext.seccompProfile.type") == "RuntimeDefault");
  CHECK(seen(".spec.containers[*].securityContext.readOnlyRootFilesystem") == "true");
  CHECK(seen(".spec.containers[*].securityContext.allowPrivilegeEscalation") == "false");
  CHECK(seen(".spec.containers[*].livenessProbe.httpGet.scheme") == "HTTPS");
  CHECK(seen(".spec.volumes[?(@.name==\"tls\")].secret.defaultMode") == "288");  // 0440
  rig.kubectl({"delete", "-f", path_of("spillway.yaml"), "--wait=false"});
}

}  // namespace spillway::manifests_test
