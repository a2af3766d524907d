#include "controller/traffic/dns/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "controller/io/url.hpp"

namespace spillway::dns {

namespace {

std::optional<int> number(const std::string& text) {
  int value{0};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::map<std::string, std::string> fields_of(std::string_view text) {
  std::map<std::string, std::string> fields{};
  while (!text.empty()) {
    const std::string_view field{text.substr(0, text.find(','))};
    text.remove_prefix(std::min(text.size(), field.size() + 1));
    const std::size_t equals{field.find('=')};
    if (equals == std::string_view::npos) continue;
    const auto value = io::percent_decode(field.substr(equals + 1));
    if (value) fields[std::string{field.substr(0, equals)}] = *value;
  }
  return fields;
}

std::uint16_t type_of_address(const std::string& data) {
  return data.size() == 4 ? type::a : type::aaaa;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Record record(std::string name, std::uint16_t record_type, std::uint16_t dns_class,
              std::uint32_t ttl, std::string data) {
  return {std::move(name), record_type, dns_class, ttl, std::move(data)};
}

/// Addresses that get requests.
Result<std::set<std::string>> addresses_of(const BackendSet& backends) {
  std::set<std::string> addresses{};
  for (const auto& [group, entry] : backends) {
    if (entry.state != BackendState::admitted) continue;
    auto data = address_data(entry.backend.ip);
    if (!data) {
      return Error{Errc::bad_request,
                   fmt::format("{}: \"{}\" is no address", group, entry.backend.ip)};
    }
    addresses.insert(std::move(*data));
  }
  return addresses;
}

/// True for an address that another replica of ours has by now.
bool is_taken(const BackendSet& entries, const Backend& backend) {
  return std::any_of(entries.begin(), entries.end(), [&backend](const auto& other) {
    const ListedBackend& entry{other.second};
    return entry.backend.group != backend.group && entry.backend.ip == backend.ip &&
           entry.state == BackendState::admitted;
  });
}

/// Holds if the TXT records are still those that were read.
std::vector<Record> unchanged(const std::string& name, const std::vector<std::string>& texts) {
  std::vector<Record> conditions{};
  if (texts.empty()) {
    conditions.push_back(record(name, type::txt, dns_class::none, 0, {}));
  }
  for (const std::string& data : texts) {
    conditions.push_back(record(name, type::txt, dns_class::in, 0, data));
  }
  return conditions;
}

}  // namespace

std::string entry_of(const Owner& owner, const ListedBackend& listed) {
  const Backend& backend{listed.backend};
  return fmt::format(
      "heritage=spillway,owner={},workload={},group={},ip={},port={},weight={},state={}",
      io::percent_encode(owner.owner), io::percent_encode(owner.workload),
      io::percent_encode(backend.group.name), backend.ip, backend.port, backend.weight,
      to_string(listed.state));
}

std::optional<ListedBackend> parse_entry(const Owner& owner, std::string_view text) {
  std::map<std::string, std::string> fields{fields_of(text)};
  const bool is_ours{fields["heritage"] == "spillway" && fields["owner"] == owner.owner &&
                     fields["workload"] == owner.workload};
  const auto port = number(fields["port"]);
  const auto weight = number(fields["weight"]);
  const bool is_admitted{fields["state"] == to_string(BackendState::admitted)};
  const bool is_draining{fields["state"] == to_string(BackendState::draining)};
  const bool is_complete{!fields["group"].empty() && address_data(fields["ip"]).has_value() &&
                         port && weight && (is_admitted || is_draining)};
  if (!is_ours || !is_complete) return std::nullopt;
  ListedBackend listed{};
  listed.backend = {.group = {fields["group"]},
                    .workload = owner.workload,
                    .ip = fields["ip"],
                    .port = *port,
                    .weight = *weight};
  listed.state = is_admitted ? BackendState::admitted : BackendState::draining;
  return listed;
}

BackendSet entries_in(const Owner& owner, const Found& found) {
  BackendSet entries{};
  for (const std::string& data : found.texts) {
    const auto text = parse_txt(data);
    if (!text) continue;
    auto entry = parse_entry(owner, *text);
    if (!entry) continue;
    std::string group{entry->backend.group.name};
    entries.insert_or_assign(std::move(group), std::move(*entry));
  }
  return entries;
}

std::vector<ListedBackend> listing_of(const Owner& owner, const Found& found) {
  const BackendSet entries{entries_in(owner, found)};
  std::vector<ListedBackend> listed{};
  for (const auto& [group, entry] : entries) {
    const auto data = address_data(entry.backend.ip);
    SPILLWAY_ASSERT(data.has_value());  // `parse_entry` saw to it
    listed.push_back(entry);
    const bool is_there{contains(found.addresses, *data)};
    const bool is_admitted{entry.state == BackendState::admitted};
    if (is_there != is_admitted && !is_taken(entries, entry.backend))
      listed.back().state = BackendState::partial;
  }
  return listed;
}

std::string registry_name(std::string_view name) {
  return fmt::format("_spillway.{}", name);
}

Result<std::optional<Message>> update_to(const Zone& zone, const Owner& owner, const Found& found,
                                         const BackendSet& wanted) {
  const BackendSet before{entries_in(owner, found)};
  auto addresses = addresses_of(wanted);
  if (!addresses) return addresses.error();
  const std::string registry{registry_name(zone.name)};
  std::set<std::string> texts{};
  for (const auto& [group, entry] : wanted) texts.insert(txt_data(entry_of(owner, entry)));

  std::vector<Record> removals{};
  for (const std::string& data : found.texts) {
    const auto text = parse_txt(data);
    const bool is_ours{text && parse_entry(owner, *text)};
    if (!is_ours || texts.erase(data) > 0) continue;
    removals.push_back(record(registry, type::txt, dns_class::none, 0, data));
  }
  std::set<std::string> gone{};
  for (const auto& [group, entry] : before) {
    auto data = address_data(entry.backend.ip);
    const bool goes{data && !addresses->contains(*data) && contains(found.addresses, *data)};
    if (goes) gone.insert(std::move(*data));
  }
  for (const std::string& data : gone) {
    removals.push_back(record(zone.name, type_of_address(data), dns_class::none, 0, data));
  }
  std::vector<Record> additions{};
  for (const std::string& data : *addresses) {
    if (contains(found.addresses, data)) continue;
    additions.push_back(record(zone.name, type_of_address(data), dns_class::in, zone.ttl, data));
  }
  for (const std::string& data : texts) {
    additions.push_back(record(registry, type::txt, dns_class::in, zone.ttl, data));
  }
  if (removals.empty() && additions.empty()) return std::optional<Message>{};

  Message update{};
  update.flags = flags_of(Opcode::update);
  update.questions.push_back({zone.zone, type::soa, dns_class::in});
  update.answers = unchanged(registry, found.texts);
  update.authorities = std::move(removals);
  update.authorities.insert(update.authorities.end(), additions.begin(), additions.end());
  return std::optional{std::move(update)};
}

}  // namespace spillway::dns
