// What the API server of a real control plane (1.20) answered, byte by byte, through the client's
// own reading: for machines without its binaries. recorded/record.py made the recordings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/watch_state.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::recorded_test {

using namespace spillway::kubernetes;

namespace {

struct Exchange {
  std::string request{};
  io::HttpResponse response{};
};

Exchange recorded(const std::string& name) {
  std::ifstream file{std::string{RECORDED_DIR} + "/" + name + ".txt"};
  REQUIRE(file.good());
  Exchange exchange{};
  std::string line{};
  std::getline(file, exchange.request);
  std::getline(file, line);
  exchange.response.status = std::atoi(line.c_str());
  std::getline(file, line);
  REQUIRE(line.empty());
  std::ostringstream rest{};
  rest << file.rdbuf();
  exchange.response.body = rest.str();
  return exchange;
}

std::vector<std::string> lines_of(const Exchange& exchange) {
  std::vector<std::string> lines{};
  std::istringstream text{exchange.response.body};
  for (std::string line{}; std::getline(text, line);) lines.push_back(line);
  return lines;
}

struct Picture {
  TypedStore<PodOwner> store{parse_deployment};
  WatchState state{"/apis/apps/v1/deployments", {}, store};

  void list() {
    REQUIRE(state.take_page(recorded("list_first").response.body));
    CHECK(store.all().empty());  // half a list is none
    REQUIRE(state.take_page(recorded("list_last").response.body));
  }
};

}  // namespace

TEST_CASE("a recorded list in two pages, and the watch that goes on from it") {
  Picture picture{};
  picture.list();
  CHECK(picture.store.all().size() == 3);
  CHECK(picture.state.is_synced());
  const Exchange watch{recorded("watch")};
  const std::string version{"resourceVersion=" + picture.state.resource_version()};
  CHECK(watch.request.find(version) != std::string::npos);
  const auto lines = lines_of(watch);
  REQUIRE(lines.size() >= 3);
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(picture.state.take_event(line));
  }
  CHECK(picture.store.find("default/web")->replicas == 5);
  CHECK(picture.store.find("default/new")->replicas == 2);
  CHECK(picture.store.find("default/api") == nullptr);
  CHECK(picture.store.find("default/cart") != nullptr);
}

TEST_CASE("a recorded bookmark moves the place in the stream and nothing else") {
  const auto lines = lines_of(recorded("watch"));
  const auto is_bookmark = [](const std::string& line) {
    return line.find(R"("type":"BOOKMARK")") != std::string::npos;
  };
  const auto found = std::find_if(lines.begin(), lines.end(), is_bookmark);
  REQUIRE(found != lines.end());
  Picture picture{};
  picture.list();
  const auto revision = picture.store.revision();
  const auto event = parse_watch_event(*found);
  REQUIRE(event);
  CHECK(picture.state.take_event(*found));
  CHECK(picture.state.resource_version() == event->resource_version);
  CHECK(picture.store.revision() == revision);
}

TEST_CASE("a recorded version that is too old begins the list anew, as page and as watch") {
  Picture picture{};
  REQUIRE(picture.state.take_page(recorded("list_first").response.body));
  const Exchange page{recorded("list_expired")};
  CHECK(page.response.status == 410);
  CHECK(status_reason(page.response.body) == "Expired");
  picture.state.take_refusal(page.response.status);
  CHECK(picture.state.target() == "/apis/apps/v1/deployments?limit=500");
  picture.list();
  const Exchange watch{recorded("watch_expired")};
  if (watch.response.status == 200) {
    const auto lines = lines_of(watch);
    REQUIRE(lines.size() == 1);
    CHECK(picture.state.take_event(lines.front()));
  } else {
    CHECK(watch.response.status == 410);
    picture.state.take_refusal(watch.response.status);
  }
  CHECK(picture.state.next() == WatchState::Step::list);
  CHECK(picture.store.all().size() == 3);  // the last whole picture stays
}

TEST_CASE("a recorded list of nothing is whole, and empty") {
  TypedStore<Pod> store{parse_pod};
  WatchState state{"/api/v1/pods", {}, store};
  CHECK(state.take_page(recorded("list_empty").response.body));
  CHECK(state.is_synced());
  CHECK(store.all().empty());
  CHECK(state.next() == WatchState::Step::watch);
}

TEST_CASE("recorded refusals are told apart, in the server's words") {
  struct Row {
    std::string name;
    int status;
    Errc code;
    std::string words;
  };
  const std::vector<Row> rows{
      {"refused_missing", 404, Errc::not_found, "deployments.apps \"none\" not found"},
      {"refused_forbidden", 403, Errc::denied, "User \"guest\" cannot list"},
      {"refused_unauthorized", 401, Errc::denied, "Unauthorized"},
      {"refused_again", 409, Errc::transitioning, "already exists"},
      {"refused_conflict", 409, Errc::transitioning, "the object has been modified"},
      {"refused_invalid", 422, Errc::bad_request, "spec.selector"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Exchange refused{recorded(row.name)};
    CHECK(refused.response.status == row.status);
    const Error error{error_of_answer("asking", refused.response)};
    CAPTURE(error.context);
    CHECK(error.code == row.code);
    CHECK(error.context.find(row.words) != std::string::npos);
  }
  CHECK(status_reason(recorded("refused_again").response.body) == "AlreadyExists");
  CHECK(status_reason(recorded("refused_conflict").response.body) == "Conflict");
}

TEST_CASE("recorded discovery: the newest version that both know, and groups that there are not") {
  const auto policy = parse_group_versions(recorded("discovery_policy").response.body);
  REQUIRE(policy);
  CHECK(choose_version(*policy, {"v1", "v1beta1"}) == "v1beta1");
  const auto autoscaling = parse_group_versions(recorded("discovery_autoscaling").response.body);
  REQUIRE(autoscaling);
  CHECK(choose_version(*autoscaling, {"v2", "v2beta2", "v1"}) == "v2beta2");
  const Exchange unknown{recorded("discovery_unknown")};
  CHECK(error_of_answer("asking", unknown.response).code == Errc::not_found);
}

}  // namespace spillway::recorded_test
