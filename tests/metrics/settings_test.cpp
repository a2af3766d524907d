#include <doctest/doctest.h>

#include <string>

#include "controller/settings/document.hpp"
#include "controller/settings/yaml_reader.hpp"
#include "metrics/file/file_settings.hpp"
#include "metrics/haproxy/haproxy_settings.hpp"
#include "metrics/prometheus/prometheus_settings.hpp"
#include "metrics/signal_settings.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/support/printing.hpp"

namespace spillway::settings_test {
namespace {

using namespace std::chrono_literals;

template <class Settings>
struct Outcome {
  Settings settings{};
  std::string errors{};
};

template <class Settings>
Outcome<Settings> read(std::string_view text) {
  settings::Complaints complaints{};
  const std::size_t file{complaints.add_file("f.yaml")};
  const settings::NodePtr root{settings::parse_document(text, file, complaints)};
  Outcome<Settings> outcome{};
  settings::FakeEnvironment environment{};
  environment.files["/run/token"] = "from-file\n";
  REQUIRE(root);
  settings::read_settings(
      *root, [&](Fields& fields) { describe(fields, outcome.settings); }, environment, complaints);
  outcome.errors = to_string(complaints.sorted());
  return outcome;
}

bool has(const std::string& errors, std::string_view words) {
  const bool is_there{errors.find(words) != std::string::npos};
  if (!is_there) MESSAGE(errors);
  return is_there;
}

TEST_CASE("a Prometheus source is read with its credentials") {
  const auto [settings, errors]{read<PrometheusSettings>(R"(
urls: [http://a:9090, "https://b/prom"]
parameters: {dedup: "true"}
evaluation_delay: 30s
bearer_token: file:/run/token
headers: {X-Scope-OrgID: shop}
)")};
  CHECK(errors == "");
  CHECK(settings.urls.size() == 2);
  CHECK(settings.evaluation_delay == 30s);
  CHECK(settings.access.bearer_token == "from-file");
  CHECK(settings.access.headers.at("X-Scope-OrgID") == "shop");
}

TEST_CASE("wrong source settings are told with what was expected") {
  CHECK(has(read<PrometheusSettings>("queries_at_once: 2\n").errors, "urls"));
  CHECK(has(read<PrometheusSettings>("urls: [prometheus]\n").errors, "http://127.0.0.1:9090"));
  CHECK(has(read<PrometheusSettings>("urls: [http://a]\nbearer_token: x\nusername: y\n").errors,
            "choose one of bearer_token"));
  CHECK(has(read<PrometheusSettings>("urls: [http://a]\nkey_file: x\n").errors, "belong together"));
  CHECK(has(read<HaproxyStatsSettings>("addresses: [nowhere]\n").errors, "unix:/run/haproxy"));
  CHECK(has(read<FileSettings>("repeat: true\n").errors, "path"));
}

TEST_CASE("HAProxy addresses may be sockets and pages") {
  const auto [settings, errors]{read<HaproxyStatsSettings>(
      "addresses: [unix:/run/haproxy/admin.sock, 10.0.0.1:9999, 'http://lb:8404/stats;csv']\n")};
  CHECK(errors == "");
  CHECK(settings.addresses.size() == 3);
}

TEST_CASE("signals and shared queries are read") {
  const auto [signal, errors]{
      read<SignalSettings>("query: sum(x{s=\"{{workload}}\"})\nstale_after: 45s\nscale: 0.001\n")};
  CHECK(errors == "");
  CHECK(signal.stale_after == 45s);
  CHECK(signal.scale == 0.001);
  const auto [shared, shared_errors]{read<SharedQuerySettings>(
      "signal: load\njoin_label: service\nquery: sum by (service) (x)\n")};
  CHECK(shared_errors == "");
  CHECK(shared.from.query == "sum by (service) (x)");
  CHECK(has(read<SharedQuerySettings>("signal: load\nquery: x\n").errors, "join_label"));
  CHECK(has(read<SignalSettings>("query: x\nscale: 0\n").errors, "other than 0"));
}

}  // namespace
}  // namespace spillway::settings_test
