// What a name server answers, and the TXT records that anybody may have written.

#include <string>

#include "controller/traffic/dns/message.hpp"
#include "controller/traffic/dns/registry.hpp"
#include "controller/traffic/dns/tsig.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_dns {

SPILLWAY_FUZZ_TARGET(dns, data, size) {
  const std::string_view bytes{fuzz::text(data, size)};
  const dns::Owner owner{"east", "web"};
  if (const auto message = dns::parse_message(bytes)) {
    if (message->signature) {
      (void)dns::parse_signature(*message->signature).has_value();
      const dns::Key key{dns::key_of({.name = "spillway", .secret = "c2VjcmV0"})};
      (void)dns::verify(bytes, *message, key, "code", 1'700'000'000).has_value();
    }
    dns::Found found{};
    for (const dns::Record& record : message->answers) {
      if (record.type == dns::type::txt) found.texts.push_back(record.data);
      if (record.type == dns::type::a && record.data.size() == 4) {
        found.addresses.push_back(record.data);
      }
    }
    const BackendSet entries{dns::entries_in(owner, found)};
    SPILLWAY_ASSERT(dns::listing_of(owner, found).size() == entries.size());
    const dns::Zone zone{"example.test", "web.example.test", 30};
    const auto update = dns::update_to(zone, owner, found, entries);
    SPILLWAY_ASSERT(update.has_value());  // what was parsed can be written again
    if (*update) {
      SPILLWAY_ASSERT(dns::parse_message(dns::encode(**update)).has_value());
    }
  }
  if (const auto entry = dns::parse_entry(owner, bytes)) {
    SPILLWAY_ASSERT(dns::parse_entry(owner, dns::entry_of(owner, *entry)) == *entry);
  }
  return 0;
}

}  // namespace spillway::fuzz_dns
