// Which records are ours: beside the addresses at NAME stand TXT records at _spillway.NAME, one for
// each replica, as external-dns keeps them. They also hold what an address cannot say: group, port,
// weight, and that a replica drains. From what the zone has and what is wanted follows one update,
// which the server carries out only if nobody changed the TXT records meanwhile. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/traffic/backend_set.hpp"
#include "controller/traffic/dns/message.hpp"

namespace spillway::dns {

/// What the zone says about one name.
struct Found {
  std::vector<std::string> texts{};      ///< data of the TXT records, ours and others'
  std::vector<std::string> addresses{};  ///< data of the A and AAAA records
};

struct Owner {
  std::string owner{};
  std::string workload{};
};

/// `heritage=spillway,owner=o,workload=web,group=web-1,ip=10.0.0.4,port=80,weight=100,
/// state=admitted`; values are percent-encoded where they need it.
std::string entry_of(const Owner& owner, const ListedBackend& listed);

/// Nothing if the text is not an entry of this owner and workload, or broken.
std::optional<ListedBackend> parse_entry(const Owner& owner, std::string_view text);

/// The entries among `found`, as they are written.
BackendSet entries_in(const Owner& owner, const Found& found);

/// The same with what the addresses say: partial where the two disagree.
std::vector<ListedBackend> listing_of(const Owner& owner, const Found& found);

/// `_spillway.NAME`.
std::string registry_name(std::string_view name);

struct Zone {
  std::string zone{};
  std::string name{};
  std::uint32_t ttl{30};
};

/// The update that makes `wanted` of `found`; nothing if that is so already. Error: `bad_request`
/// for an address that is none.
Result<std::optional<Message>> update_to(const Zone& zone, const Owner& owner, const Found& found,
                                         const BackendSet& wanted);

}  // namespace spillway::dns
