#include "controller/traffic/dns/registry.hpp"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::registry_test {

using namespace spillway::dns;

namespace {

const Owner us{"east", "web"};
const Zone zone{"example.test", "web.example.test", 30};

ListedBackend burst(std::string group, std::string ip,
                    BackendState state = BackendState::admitted) {
  return {.backend = {.group = {std::move(group)},
                      .workload = "web",
                      .ip = std::move(ip),
                      .port = 80,
                      .weight = 230},
          .state = state};
}

BackendSet set_of(const std::vector<ListedBackend>& all) {
  BackendSet set{};
  for (const ListedBackend& each : all) set[each.backend.group.name] = each;
  return set;
}

/// What a server makes of an update whose conditions hold.
Found carried_out(Found found, const Message& update) {
  for (const Record& change : update.authorities) {
    auto& records = change.type == dns::type::txt ? found.texts : found.addresses;
    std::erase(records, change.data);
    if (change.dns_class == dns_class::in) records.push_back(change.data);
  }
  return found;
}

Found found_after(const Found& found, const BackendSet& wanted) {
  const auto update = update_to(zone, us, found, wanted);
  REQUIRE(update);
  return *update ? carried_out(found, **update) : found;
}

}  // namespace

TEST_CASE("an entry says everything about a replica, and is only its owner's") {
  const ListedBackend listed{burst("web-1", "10.0.0.4")};
  const std::string text{entry_of(us, listed)};
  CHECK(text ==
        "heritage=spillway,owner=east,workload=web,group=web-1,ip=10.0.0.4,port=80,weight=230,"
        "state=admitted");
  CHECK(parse_entry(us, text) == listed);
  CHECK_FALSE(parse_entry({"west", "web"}, text));
  CHECK_FALSE(parse_entry({"east", "shop"}, text));
  const Owner odd{"a,b=c", "w,1"};
  ListedBackend other{burst("g,=1", "::1", BackendState::draining)};
  other.backend.workload = "w,1";
  CHECK(parse_entry(odd, entry_of(odd, other)) == other);
}

TEST_CASE("what is no entry of ours, or a broken one, is nobody's business") {
  for (const std::string text :
       {"", "x", "heritage=external-dns,owner=east", "heritage=spillway,owner=east,workload=web",
        "heritage=spillway,owner=east,workload=web,group=a,ip=x,port=80,weight=1,state=admitted",
        "heritage=spillway,owner=east,workload=web,group=a,ip=::1,port=x,weight=1,state=admitted",
        "heritage=spillway,owner=east,workload=web,group=a,ip=::1,port=80,weight=1,state=partial",
        "heritage=spillway,owner=east,workload=web,group=,ip=::1,port=80,weight=1,state="
        "admitted"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_entry(us, text));
  }
}

TEST_CASE("one update brings a zone to what is wanted, and then there is nothing to do") {
  const BackendSet wanted{set_of({burst("web-1", "10.0.0.4"), burst("web-2", "fd00::7"),
                                  burst("web-3", "10.0.0.5", BackendState::draining)})};
  Found others{};
  others.texts.push_back(txt_data("somebody else's"));
  others.addresses.push_back(*address_data("192.0.2.1"));
  const Found found{found_after(others, wanted)};
  CHECK(found.texts.size() == 4);
  CHECK(found.addresses.size() == 3);
  CHECK(entries_in(us, found) == wanted);
  for (const ListedBackend& each : listing_of(us, found)) {
    CHECK(each == wanted.at(each.backend.group.name));
  }
  CHECK_FALSE(update_to(zone, us, found, wanted)->has_value());
  const Found empty{found_after(found, {})};
  CHECK(empty.texts == others.texts);
  CHECK(empty.addresses == others.addresses);
}

TEST_CASE("an update is bound to the TXT records that were read") {
  const auto first = update_to(zone, us, {}, set_of({burst("web-1", "10.0.0.4")}));
  REQUIRE((*first)->answers.size() == 1);
  CHECK((*first)->answers.front() ==
        Record{"_spillway.web.example.test", dns::type::txt, dns_class::none, 0, ""});
  Found found{};
  found.texts = {txt_data("a"), txt_data("b")};
  const auto second = update_to(zone, us, found, set_of({burst("web-1", "10.0.0.4")}));
  REQUIRE((*second)->answers.size() == 2);
  CHECK((*second)->answers.back() ==
        Record{"_spillway.web.example.test", dns::type::txt, dns_class::in, 0, txt_data("b")});
}

TEST_CASE("a replica at a new address leaves nothing at the old one") {
  const Found before{found_after({}, set_of({burst("web-1", "10.0.0.4")}))};
  const Found found{found_after(before, set_of({burst("web-1", "10.0.0.9")}))};
  CHECK(found.addresses == std::vector{*address_data("10.0.0.9")});
  CHECK(found.texts.size() == 1);
}

TEST_CASE("an address that a new replica has by now survives the eviction of the old one") {
  const BackendSet both{
      set_of({burst("web-1", "10.0.0.4", BackendState::draining), burst("web-2", "10.0.0.4")})};
  const Found found{found_after({}, both)};
  for (const ListedBackend& each : listing_of(us, found)) {
    CHECK(each.state != BackendState::partial);
  }
  const Found later{found_after(found, set_of({burst("web-2", "10.0.0.4")}))};
  CHECK(later.addresses == std::vector{*address_data("10.0.0.4")});
}

TEST_CASE("an address that is missing or left over makes its replica partial") {
  Found found{found_after({}, set_of({burst("web-1", "10.0.0.4"),
                                      burst("web-2", "10.0.0.5", BackendState::draining)}))};
  found.addresses = {*address_data("10.0.0.5")};
  for (const ListedBackend& each : listing_of(us, found)) {
    CHECK(each.state == BackendState::partial);
  }
}

TEST_CASE("what is no address is refused before anything is sent") {
  CHECK(update_to(zone, us, {}, set_of({burst("web-1", "web")})).error().code == Errc::bad_request);
}

}  // namespace spillway::registry_test
