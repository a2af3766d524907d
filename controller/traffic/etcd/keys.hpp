// Keys and values, and the JSON of etcd's v3 gateway in which they travel (Base64, numbers as
// texts). Readers find a replica with traffic under the prefix; what is ours, and what drains, is
// remembered under the registry. Pure.
//
//   PREFIX GROUP     {"host":"10.0.0.4","port":8080,"weight":100,"group":"web-1"}
//   REGISTRY GROUP {"host":"10.0.0.4","port":8080,"weight":100,"group":"web-1","state":"draining"}
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/traffic/backend_set.hpp"

namespace spillway::etcd {

struct Value {
  std::string text{};
  std::int64_t revision{0};  ///< of its last change

  bool operator==(const Value&) const = default;
};

using Values = std::map<std::string, Value>;  ///< by key

/// Where the keys of one workload are.
struct Keyspace {
  std::string workload{};
  std::string prefix{};
  std::string registry{};
};

/// What etcd has of one workload, at one moment.
struct Found {
  Values replicas{};  ///< under the prefix
  Values registry{};
};

/// The value that readers find.
std::string replica_value(const Backend& backend);
/// The value in the registry.
std::string registry_value(const ListedBackend& listed);

/// The replicas in the registry, as it says. One whose value cannot be read is partial, without an
/// address, so that it is written anew or evicted.
BackendSet entries_in(const Keyspace& keys, const Found& found);

/// The same with what readers find: partial where the two disagree.
std::vector<ListedBackend> listing_of(const Keyspace& keys, const Found& found);

/// One write: a new text for `key`, or its removal.
struct Write {
  std::string key{};
  std::string text{};
  bool is_removal{false};

  bool operator==(const Write&) const = default;
};

/// What belongs together, done only if the registry's key is as it was read.
struct Change {
  std::string registry_key{};
  std::int64_t revision{0};  ///< 0: it must not be there
  std::vector<Write> writes{};

  bool operator==(const Change&) const = default;
};

/// The changes that make `wanted` of `found`, by group; empty if that is so already.
std::vector<Change> changes_to(const Keyspace& keys, const Found& found, const BackendSet& wanted);

/// The end of the range of all keys that begin with `prefix`.
std::string range_end(std::string prefix);

/// Requests of /v3/kv/txn.
std::string read_request(const Keyspace& keys);
std::string write_request(const std::vector<Change>& changes, std::size_t begin, std::size_t end);

/// Their answers. Error: `malformed`.
Result<Found> parse_read(std::string_view body);
Result<bool> parse_written(std::string_view body);  ///< false: a condition did not hold

/// The token in the answer of /v3/auth/authenticate. Error: `malformed`.
Result<std::string> parse_token(std::string_view body);

}  // namespace spillway::etcd
