// What etcd's gateway answers, and the values that anybody may have written.

#include <string>

#include "controller/traffic/etcd/keys.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_etcd {

SPILLWAY_FUZZ_TARGET(etcd, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  const etcd::Keyspace keys{"web", "/r/web/", "/s/web/"};
  if (const auto found = etcd::parse_read(text)) {
    const BackendSet entries{etcd::entries_in(keys, *found)};
    SPILLWAY_ASSERT(etcd::listing_of(keys, *found).size() == entries.size());
    const auto changes = etcd::changes_to(keys, *found, {});
    SPILLWAY_ASSERT(changes.size() == entries.size());
    (void)etcd::write_request(changes, 0, changes.size());
  }
  etcd::Found written{};
  written.registry["/s/web/web-1"] = {std::string{text}, 1};
  for (const ListedBackend& listed : etcd::listing_of(keys, written)) {
    SPILLWAY_ASSERT(listed.backend.group.name == "web-1");
  }
  (void)etcd::parse_written(text).has_value();
  (void)etcd::parse_token(text).has_value();
  return 0;
}

}  // namespace spillway::fuzz_etcd
