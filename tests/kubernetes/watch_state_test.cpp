#include "controller/kubernetes/watch_state.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing_core.hpp"

namespace spillway::watch_state_test {

using namespace spillway::kubernetes;

namespace {

using Next = WatchState::Step;

std::string pod(std::string_view name, std::string_view version) {
  return std::string{R"({"metadata":{"namespace":"a","name":")"} + std::string{name} +
         R"(","resourceVersion":")" + std::string{version} + "\"}}";
}
std::string page(std::string_view items, std::string_view version, std::string_view next = "") {
  return R"({"kind":"PodList","metadata":{"resourceVersion":")" + std::string{version} +
         R"(","continue":")" + std::string{next} + R"("},"items":[)" + std::string{items} + "]}";
}
std::string event(std::string_view type, std::string_view object) {
  return R"({"type":")" + std::string{type} + R"(","object":)" + std::string{object} + "}";
}

struct Rig {
  TypedStore<Pod> store{parse_pod};
  WatchState state{"/api/v1/pods", {}, store};

  std::string names() const {
    std::string all{};
    for (const auto& [key, each] : store.all()) all += each.metadata.name + " ";
    return all;
  }
};

}  // namespace

TEST_CASE("a list in pages becomes visible when it is whole, then the watch goes on from it") {
  Rig rig{};
  CHECK(rig.state.next() == Next::list);
  CHECK(rig.state.target() == "/api/v1/pods?limit=500");
  CHECK(rig.state.take_page(page(pod("p1", "5"), "10", "more")));
  CHECK(rig.names().empty());
  CHECK_FALSE(rig.state.is_synced());
  CHECK(rig.state.target() == "/api/v1/pods?limit=500&continue=more");
  CHECK(rig.state.take_page(page(pod("p2", "6"), "10")));
  CHECK(rig.names() == "p1 p2 ");
  CHECK(rig.state.next() == Next::watch);
  CHECK(rig.state.target().find("resourceVersion=10") != std::string::npos);
  CHECK(rig.state.target().find("allowWatchBookmarks=true") != std::string::npos);
}

TEST_CASE("events and bookmarks move the picture and the version") {
  Rig rig{};
  CHECK(rig.state.take_page(page(pod("p1", "5"), "10")));
  CHECK(rig.state.take_event(event("ADDED", pod("p2", "11"))));
  CHECK(rig.state.take_event(event("DELETED", pod("p1", "12"))));
  CHECK(rig.names() == "p2 ");
  CHECK(rig.state.take_event(event("BOOKMARK", R"({"metadata":{"resourceVersion":"99"}})")));
  CHECK(rig.state.resource_version() == "99");
  CHECK(rig.names() == "p2 ");
}

TEST_CASE("too old a version means list anew, and the old picture stays until it is complete") {
  Rig rig{};
  CHECK(rig.state.take_page(page(pod("p1", "5"), "10")));
  CHECK(rig.state.take_event(event("ERROR", R"({"kind":"Status","code":410,"reason":"Gone"})")));
  CHECK(rig.state.next() == Next::list);
  CHECK(rig.names() == "p1 ");
  CHECK(rig.state.take_page(page(pod("p3", "20"), "30", "more")));
  CHECK(rig.names() == "p1 ");
  rig.state.take_refusal(410);  // the page's token expired
  CHECK(rig.state.target() == "/api/v1/pods?limit=500");
  CHECK(rig.state.take_page(page(pod("p4", "40"), "41")));
  CHECK(rig.names() == "p4 ");
}

TEST_CASE("a refusal that is not about the version keeps the place in the stream") {
  Rig rig{};
  CHECK(rig.state.take_page(page("", "10")));
  rig.state.take_refusal(500);
  CHECK(rig.state.next() == Next::watch);
  const auto ended = rig.state.take_event(event("ERROR", R"({"code":500,"message":"etcd"})"));
  CHECK(ended.error().code == Errc::unavailable);
  CHECK(rig.state.next() == Next::watch);
}

TEST_CASE("garbage in a list or a watch is an error, never an empty cluster") {
  Rig rig{};
  CHECK(rig.state.take_page(page(pod("p1", "5"), "10")));
  for (const std::string& line :
       {std::string{"{"}, std::string{"[]"}, event("SHOUTED", pod("x", "1")), event("ADDED", "7"),
        event("ADDED", R"({"metadata":{"resourceVersion":"11"}})"),
        event("MODIFIED", R"({"metadata":{"name":"p1"}})")}) {
    CAPTURE(line);
    CHECK(rig.state.take_event(line).error().code == Errc::malformed);
    CHECK(rig.state.next() == Next::list);
    CHECK(rig.names() == "p1 ");
    for (const std::string& body :
         {std::string{"<html>"}, std::string{"{}"}, page("7", "9"), page(R"({"metadata":{}})", "9"),
          std::string{R"({"kind":"PodList","metadata":{},"items":[]})"},
          std::string{R"({"kind":"Status","metadata":{"resourceVersion":"4"}})"}}) {
      CAPTURE(body);
      CHECK(rig.state.take_page(body).error().code == Errc::malformed);
      CHECK(rig.names() == "p1 ");
    }
    CHECK(rig.state.take_page(page(pod("p1", "5"), "10")));
  }
}

}  // namespace spillway::watch_state_test
