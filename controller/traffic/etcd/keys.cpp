#include "controller/traffic/etcd/keys.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/json_fields.hpp"

namespace spillway::etcd {

namespace json = boost::json;

using io::FieldReader;

namespace {

json::object replica_object(const Backend& backend) {
  json::object object{};
  object["host"] = backend.ip;
  object["port"] = backend.port;
  object["weight"] = backend.weight;
  object["group"] = backend.group.name;
  return object;
}

std::optional<ListedBackend> parse_entry(const std::string& workload, std::string_view text) {
  const auto object = io::parse_object(text);
  if (!object) return std::nullopt;
  FieldReader fields{};
  ListedBackend listed{};
  listed.backend.workload = workload;
  listed.backend.group.name = fields.text(*object, "group");
  listed.backend.ip = fields.text(*object, "host");
  listed.backend.port = fields.count(*object, "port");
  listed.backend.weight = fields.count(*object, "weight");
  const std::string state{fields.text(*object, "state")};
  const bool is_draining{state == to_string(BackendState::draining)};
  if (!is_draining && state != to_string(BackendState::admitted)) return std::nullopt;
  if (fields.mistake() || listed.backend.ip.empty()) return std::nullopt;
  listed.state = is_draining ? BackendState::draining : BackendState::admitted;
  return listed;
}

json::object range(const std::string& prefix) {
  json::object inner{};
  inner["key"] = io::base64(prefix);
  inner["range_end"] = io::base64(range_end(prefix));
  json::object operation{};
  operation["request_range"] = std::move(inner);
  return operation;
}

json::object operation_of(const Write& write) {
  json::object inner{};
  inner["key"] = io::base64(write.key);
  json::object operation{};
  if (write.is_removal) {
    operation["request_delete_range"] = std::move(inner);
  } else {
    inner["value"] = io::base64(write.text);
    operation["request_put"] = std::move(inner);
  }
  return operation;
}

/// 64-bit numbers are texts; 0 is left out.
std::optional<std::int64_t> number_in(const std::string& text) {
  if (text.empty()) return 0;
  std::int64_t value{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<Values> values_in(FieldReader& fields, const json::object* response) {
  Values values{};
  const json::object* const answered{
      response == nullptr ? nullptr : fields.object(*response, "response_range")};
  if (answered == nullptr) return Error{Errc::malformed, "etcd: 'response_range' is missing"};
  bool is_broken{false};
  fields.each(*answered, "kvs", [&](const json::object& pair) {
    auto key = io::decode_base64(fields.text(pair, "key"));
    auto text = io::decode_base64(fields.text(pair, "value"));
    const auto revision = number_in(fields.text(pair, "mod_revision"));
    if (!key || !text || !revision) {
      is_broken = true;
      return;
    }
    values.insert_or_assign(std::move(*key), Value{std::move(*text), *revision});
  });
  if (is_broken) return Error{Errc::malformed, "etcd: a key or value that is no Base64"};
  return values;
}

}  // namespace

std::string replica_value(const Backend& backend) {
  return json::serialize(replica_object(backend));
}

std::string registry_value(const ListedBackend& listed) {
  json::object object{replica_object(listed.backend)};
  object["state"] = to_string(listed.state);
  return json::serialize(object);
}

BackendSet entries_in(const Keyspace& keys, const Found& found) {
  BackendSet entries{};
  for (const auto& [key, value] : found.registry) {
    if (!key.starts_with(keys.registry)) continue;
    const std::string group{key.substr(keys.registry.size())};
    auto entry = parse_entry(keys.workload, value.text);
    if (!entry || entry->backend.group.name != group) {
      entry.emplace();
      entry->backend.group.name = group;
      entry->backend.workload = keys.workload;
      entry->state = BackendState::partial;
    }
    entries.emplace(group, std::move(*entry));
  }
  return entries;
}

std::vector<ListedBackend> listing_of(const Keyspace& keys, const Found& found) {
  std::vector<ListedBackend> listed{};
  for (const auto& [group, entry] : entries_in(keys, found)) {
    listed.push_back(entry);
    const auto reader = found.replicas.find(keys.prefix + group);
    const bool is_there{reader != found.replicas.end()};
    const bool is_admitted{entry.state == BackendState::admitted};
    const bool is_as_said{
        is_admitted ? is_there && reader->second.text == replica_value(entry.backend) : !is_there};
    if (!is_as_said) listed.back().state = BackendState::partial;
  }
  return listed;
}

std::vector<Change> changes_to(const Keyspace& keys, const Found& found, const BackendSet& wanted) {
  std::vector<Change> changes{};
  const auto begin_change = [&](const std::string& group) {
    Change change{};
    change.registry_key = keys.registry + group;
    const auto known = found.registry.find(change.registry_key);
    change.revision = known == found.registry.end() ? 0 : known->second.revision;
    return change;
  };
  const auto text_at = [](const Values& values, const std::string& key) {
    const auto at = values.find(key);
    return at == values.end() ? std::nullopt : std::optional{at->second.text};
  };
  for (const auto& [group, entry] : wanted) {
    if (entry.state == BackendState::partial) continue;  // it cannot be read, and nobody asked
    Change change{begin_change(group)};
    const std::string key{keys.prefix + group};
    const std::string registered{registry_value(entry)};
    const std::string text{replica_value(entry.backend)};
    const auto reader = text_at(found.replicas, key);
    if (text_at(found.registry, change.registry_key) != registered) {
      change.writes.push_back({change.registry_key, registered, false});
    }
    if (entry.state == BackendState::admitted && reader != text) {
      change.writes.push_back({key, text, false});
    }
    if (entry.state == BackendState::draining && reader) {
      change.writes.push_back({key, {}, true});
    }
    if (!change.writes.empty()) changes.push_back(std::move(change));
  }
  for (const auto& [group, entry] : entries_in(keys, found)) {
    if (wanted.contains(group)) continue;
    Change change{begin_change(group)};
    const std::string key{keys.prefix + group};
    if (found.replicas.contains(key)) change.writes.push_back({key, {}, true});
    change.writes.push_back({change.registry_key, {}, true});
    changes.push_back(std::move(change));
  }
  return changes;
}

std::string range_end(std::string prefix) {
  // The next text that does not begin with it: the last byte that can be is one higher.
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFFU) prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string read_request(const Keyspace& keys) {
  json::object transaction{};
  transaction["success"] = json::array{range(keys.prefix), range(keys.registry)};
  return json::serialize(transaction);
}

std::string write_request(const std::vector<Change>& changes, std::size_t begin, std::size_t end) {
  json::array conditions{};
  json::array operations{};
  for (std::size_t i{begin}; i < end; ++i) {
    const Change& change{changes[i]};
    json::object condition{};
    condition["key"] = io::base64(change.registry_key);
    condition["target"] = "MOD";
    condition["result"] = "EQUAL";
    condition["mod_revision"] = std::to_string(change.revision);
    conditions.push_back(std::move(condition));
    for (const Write& write : change.writes) operations.push_back(operation_of(write));
  }
  json::object transaction{};
  transaction["compare"] = std::move(conditions);
  transaction["success"] = std::move(operations);
  return json::serialize(transaction);
}

Result<Found> parse_read(std::string_view body) {
  const auto answer = io::parse_object(body);
  if (!answer) return answer.error();
  FieldReader fields{};
  std::vector<const json::object*> responses{};
  fields.each(*answer, "responses",
              [&](const json::object& response) { responses.push_back(&response); });
  if (responses.size() != 2) {
    return Error{Errc::malformed, fmt::format("etcd: {} answers to 2 questions", responses.size())};
  }
  auto replicas = values_in(fields, responses[0]);
  if (!replicas) return replicas.error();
  auto registry = values_in(fields, responses[1]);
  if (!registry) return registry.error();
  if (fields.mistake()) return *fields.mistake();
  return Found{std::move(*replicas), std::move(*registry)};
}

Result<bool> parse_written(std::string_view body) {
  const auto answer = io::parse_object(body);
  if (!answer) return answer.error();
  const json::value* const succeeded{answer->if_contains("succeeded")};
  return succeeded != nullptr && succeeded->is_bool() && succeeded->get_bool();
}

Result<std::string> parse_token(std::string_view body) {
  const auto answer = io::parse_object(body);
  if (!answer) return answer.error();
  FieldReader fields{};
  std::string token{fields.text(*answer, "token")};
  if (fields.mistake()) return *fields.mistake();
  if (token.empty()) return Error{Errc::malformed, "etcd: 'token' is missing"};
  return token;
}

}  // namespace spillway::etcd
