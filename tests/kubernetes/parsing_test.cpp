// Quantities, times, selectors, credentials of plugins: small pure parsers.
#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/exec_credential.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/quantity.hpp"
#include "controller/kubernetes/resources.hpp"
#include "controller/kubernetes/selectors.hpp"
#include "controller/kubernetes/time_text.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::parsing_test {

using namespace spillway::kubernetes;
using namespace std::chrono_literals;

TEST_CASE("quantities in every suffix, and what is none") {
  struct Row {
    std::string_view text;
    std::optional<double> value;
  };
  for (const Row& row : {Row{"1", 1.0},
                         Row{"500m", 0.5},
                         Row{"1.5", 1.5},
                         Row{"2Gi", 2147483648.0},
                         Row{"100k", 1e5},
                         Row{"1e3", 1000.0},
                         Row{"1E3", 1000.0},
                         Row{"1E", 1e18},
                         Row{"250u", 250e-6},
                         Row{"10n", 1e-8},
                         Row{".5", 0.5},
                         Row{"+2", 2.0},
                         Row{"64Mi", 67108864.0},
                         Row{"", std::nullopt},
                         Row{"-1", std::nullopt},
                         Row{"1 Gi", std::nullopt},
                         Row{"Gi", std::nullopt},
                         Row{"1gi", std::nullopt},
                         Row{"nan", std::nullopt},
                         Row{"inf", std::nullopt},
                         Row{"1e999", std::nullopt},
                         Row{"9999Ei", std::nullopt},
                         Row{"0x10", std::nullopt}}) {
    CAPTURE(row.text);
    const auto parsed = parse_quantity(row.text);
    REQUIRE(parsed.has_value() == row.value.has_value());
    if (row.value) CHECK(*parsed == doctest::Approx(*row.value));
  }
}

TEST_CASE("times of the API, there and back") {
  const auto noon =
      TimePoint{std::chrono::sys_days{std::chrono::year{2026} / 11 / 26}} + 12h + 34ms;
  CHECK(parse_time("2026-11-26T12:00:00.034Z") == noon);
  CHECK(parse_time("2026-11-26T13:00:00.034999999+01:00") == noon);
  CHECK(micro_time_text(noon) == "2026-11-26T12:00:00.034000Z");
  CHECK(time_text(noon) == "2026-11-26T12:00:00Z");
  for (const std::string_view wrong :
       {"", "2026-11-26", "2026-11-26T12:00:00", "2026-13-26T12:00:00Z", "2026-02-30T12:00:00Z",
        "2026-11-26T25:00:00Z", "2026-11-26T12:00:00.Z", "2026-11-26T12:00:00+1:00",
        "2026-11-26T12:00:00Zx"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_time(wrong));
  }
}

TEST_CASE("a selector matches by labels and by every operator") {
  const auto document = parse_object(R"({"matchLabels":{"app":"web"},"matchExpressions":[
    {"key":"tier","operator":"In","values":["a","b"]},
    {"key":"canary","operator":"DoesNotExist"},
    {"key":"zone","operator":"NotIn","values":["x"]},
    {"key":"app","operator":"Exists"}]})");
  FieldReader fields{};
  const Selector selector{parse_selector(fields, &*document)};
  CHECK(matches(selector, {{"app", "web"}, {"tier", "a"}}));
  CHECK_FALSE(matches(selector, {{"app", "web"}, {"tier", "c"}}));
  CHECK_FALSE(matches(selector, {{"app", "web"}, {"tier", "a"}, {"canary", "1"}}));
  CHECK_FALSE(matches(selector, {{"app", "web"}, {"tier", "a"}, {"zone", "x"}}));
  CHECK_FALSE(matches(selector, {{"tier", "a"}}));
  CHECK_FALSE(matches(Selector{}, {{"app", "web"}}));
}

TEST_CASE("a pod goes to nodes whose taints it tolerates and whose labels it wants") {
  const auto spec = parse_object(R"({"nodeSelector":{"disk":"ssd"},
    "tolerations":[{"key":"gpu","operator":"Exists"},{"key":"team","value":"a"}],
    "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":
      {"nodeSelectorTerms":[{"matchExpressions":[{"key":"cores","operator":"Gt","values":["4"]}]},
                            {"matchFields":[{"key":"metadata.name","operator":"In",
                                             "values":["n7"]}]}]}}}})");
  FieldReader fields{};
  const Placement placement{parse_placement(fields, &*spec)};
  const Labels big{{"disk", "ssd"}, {"cores", "8"}};
  CHECK(may_go_to(placement, big, {}));
  CHECK(may_go_to(placement, {{"disk", "ssd"}, {"kubernetes.io/hostname", "n7"}}, {}));
  CHECK_FALSE(may_go_to(placement, {{"disk", "ssd"}, {"cores", "4"}}, {}));
  CHECK_FALSE(may_go_to(placement, {{"cores", "8"}}, {}));
  CHECK(may_go_to(placement, big, {{"gpu", "x", "NoSchedule"}, {"team", "a", "NoExecute"}}));
  CHECK_FALSE(may_go_to(placement, big, {{"team", "b", "NoSchedule"}}));
  CHECK(may_go_to(placement, big, {{"team", "b", "PreferNoSchedule"}}));
}

TEST_CASE("paths of resources, with names encoded") {
  CHECK(collection_path(pods(), "") == "/api/v1/pods");
  CHECK(collection_path(deployments(), "shop") == "/apis/apps/v1/namespaces/shop/deployments");
  CHECK(object_path(secrets(), "a", "b/../c") == "/api/v1/namespaces/a/secrets/b%2F..%2Fc");
}

TEST_CASE("a plugin's credential is read, and its faults are told without the secret") {
  const std::string version{"client.authentication.k8s.io/v1"};
  const auto good = parse_exec_credential(
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":
        {"token":"abc","expirationTimestamp":"2026-11-26T12:00:00Z"}})",
      version);
  REQUIRE(good);
  CHECK(good->token.reveal() == "abc");
  CHECK(good->expires_at.has_value());
  for (const std::string_view printed :
       {"", "abc", "{\"kind\":\"ExecCredential\"}",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":
          {"token":"hunter2","expirationTimestamp":"tomorrow"}})",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":
          {"clientCertificateData":"hunter2"}})",
        R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":
          {"token":"hunter2"}})"}) {
    CAPTURE(printed);
    const auto refused = parse_exec_credential(printed, version);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::malformed);
    CHECK(refused.error().context.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a plugin hears about the cluster only if it asks") {
  ExecPlugin plugin{.api_version = "client.authentication.k8s.io/v1"};
  const ClusterAccess cluster{.server = "https://k:6443"};
  CHECK(exec_info(plugin, cluster, "any?").find("6443") == std::string::npos);
  plugin.provides_cluster_info = true;
  const std::string info{exec_info(plugin, cluster, "any?")};
  CHECK(info.find(R"("server":"https://k:6443")") != std::string::npos);
  CHECK(info.find(R"("certificate-authority-data":"YW55Pw==")") != std::string::npos);
  CHECK(info.find(R"("interactive":false)") != std::string::npos);
}

}  // namespace spillway::parsing_test
