#include "controller/provider/aci/standby_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <utility>

#include "controller/io/http.hpp"
#include "controller/provider/aci/container_body.hpp"
#include "controller/provider/aci/group_body.hpp"
#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/template_rules.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

json::object tags_of(std::string_view owner, const StandbyOrder& order) {
  json::object made{
      {owner_tag, owner}, {workload_tag, order.workload}, {template_tag, order.template_hash}};
  for (const auto& [name, value] : order.replica.tags) made.emplace(name, value);
  return made;
}

/// A cold group of the same replica: profile and group shall not differ in anything.
json::object like_a_group(const StandbyOrder& order) {
  GroupRequest request{};
  request.id.name = "member";
  request.place = order.place;
  request.size = order.size;
  request.replica = order.replica;
  return json::parse(group_body(request)).as_object();
}

int stock_count(double number) {
  constexpr double highest{std::numeric_limits<int>::max()};
  return static_cast<int>(std::clamp(number, 0.0, highest));
}

std::string tag_at(const json::object& tags, std::string_view wanted) {
  for (const auto& [name, value] : tags) {
    if (equals_ignoring_case(name, wanted) && value.is_string()) {
      return std::string{value.get_string()};
    }
  }
  return {};
}

PoolAnswer read_pool(FieldReader& fields, const json::object& pool) {
  PoolAnswer answer{};
  answer.name = fields.text(pool, "name");
  if (answer.name.empty()) fields.expected("a name", "name");
  if (const auto* tags = fields.object(pool, "tags")) {
    answer.owner = tag_at(*tags, owner_tag);
    answer.workload = tag_at(*tags, workload_tag);
    answer.template_hash = tag_at(*tags, template_tag);
  }
  const auto* properties = fields.object(pool, "properties");
  if (properties == nullptr) return answer;
  const std::string state{fields.text(*properties, "provisioningState")};
  answer.is_deleting = equals_ignoring_case(state, "Deleting");
  answer.has_failed =
      equals_ignoring_case(state, "Failed") || equals_ignoring_case(state, "Canceled");
  if (const auto* elasticity = fields.object(*properties, "elasticityProfile")) {
    answer.capacity = stock_count(fields.number(*elasticity, "maxReadyCapacity").value_or(0.0));
  }
  if (const auto* group = fields.object(*properties, "containerGroupProperties")) {
    if (const auto* profile = fields.object(*group, "containerGroupProfile")) {
      answer.revision = stock_count(fields.number(*profile, "revision").value_or(0.0));
    }
  }
  return answer;
}

void add_counts(FieldReader& fields, const json::array& counts, StandbyStock& stock) {
  for (const json::value& element : counts) {
    const auto* each = fields.element(element, "instanceCountsByState");
    if (each == nullptr) return;
    const std::string state{fields.text(*each, "state")};
    const int count{stock_count(fields.number(*each, "count").value_or(0.0))};
    if (equals_ignoring_case(state, "Running")) stock.running += count;
    if (equals_ignoring_case(state, "Creating")) stock.creating += count;
    if (equals_ignoring_case(state, "Deleting")) stock.deleting += count;
  }
}

}  // namespace

std::string standby_name(std::string_view owner, const StandbyOrder& order) {
  ReplicaTemplate carrier{};
  carrier.image =
      fmt::format("{} {} {} {} {} {} {}", owner, order.workload, order.place.subscription,
                  order.place.region, order.place.zone, order.size.vcpu, order.size.memory_gb);
  return "sw-" + template_hash(carrier);
}

std::string standby_fault(const StandbyOrder& order) {
  if (order.place.priority == Priority::spot) return "Spot groups come from no standby pool";
  const auto faults = standby_faults(order.replica);
  return faults.empty() ? std::string{} : sentence_of(faults.front());
}

std::string profile_body(std::string_view owner, const StandbyOrder& order) {
  json::object body{like_a_group(order)};
  json::object& properties{body["properties"].as_object()};
  properties.erase("subnetIds");  // the pool names them
  body["tags"] = tags_of(owner, order);
  body.erase("zones");  // likewise
  return json::serialize(body);
}

std::string pool_body(std::string_view owner, const StandbyOrder& order,
                      std::string_view profile_id, int revision) {
  json::object members{
      {"containerGroupProfile", json::object{{"id", profile_id}, {"revision", revision}}}};
  if (!order.replica.subnet_id.empty()) {
    members["subnetIds"] = json::array{json::object{{"id", order.replica.subnet_id}}};
  }
  json::object properties{{"elasticityProfile", json::object{{"maxReadyCapacity", order.ready},
                                                             {"refillPolicy", "always"}}},
                          {"containerGroupProperties", std::move(members)}};
  if (!order.place.zone.empty()) {
    properties["zones"] = json::array{json::value(order.place.zone)};
  }
  const json::object body{{"location", order.place.region},
                          {"tags", tags_of(owner, order)},
                          {"properties", std::move(properties)}};
  return json::serialize(body);
}

std::string warm_group_body(const GroupRequest& request, const WarmMember& member) {
  json::object cold = json::parse(group_body(request)).as_object();
  json::array containers{};
  for (const json::value& each : cold.at("properties").at("containers").as_array()) {
    containers.push_back(json::object{{"name", each.at("name")}, {"properties", json::object{}}});
  }
  cold["properties"] = json::object{
      {"standbyPoolProfile",
       json::object{{"id", member.pool_id}, {"failContainerGroupCreateOnReuseFailure", true}}},
      {"containerGroupProfile",
       json::object{{"id", member.profile_id}, {"revision", member.revision}}},
      {"containers", std::move(containers)}};
  return json::serialize(cold);
}

Result<int> parse_profile_revision(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("container group profile", document.error());
  FieldReader fields{};
  int revision{1};
  if (const auto* properties = fields.object(*document, "properties")) {
    revision = std::max(1, stock_count(fields.number(*properties, "revision").value_or(1.0)));
  }
  if (fields.mistake()) return with_context("container group profile", *fields.mistake());
  return revision;
}

Result<PoolAnswer> parse_pool(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("standby pool", document.error());
  FieldReader fields{};
  PoolAnswer answer{read_pool(fields, *document)};
  if (fields.mistake()) return with_context("standby pool", *fields.mistake());
  return answer;
}

Result<PoolPage> parse_pool_page(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("list of standby pools", document.error());
  FieldReader fields{};
  PoolPage page{};
  page.next_link = fields.text(*document, "nextLink");
  const auto* value = fields.array(*document, "value");
  if (value == nullptr) fields.expected("a list", "value");
  if (value != nullptr) {
    for (const json::value& element : *value) {
      const auto* pool = fields.element(element, "value");
      if (pool == nullptr) break;
      page.pools.push_back(read_pool(fields, *pool));
    }
  }
  if (fields.mistake()) return with_context("list of standby pools", *fields.mistake());
  return page;
}

Result<StandbyStock> parse_stock(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("stock of a standby pool", document.error());
  FieldReader fields{};
  StandbyStock stock{};
  const auto* properties = fields.object(*document, "properties");
  if (properties == nullptr) fields.expected("an object", "properties");
  if (properties != nullptr) {
    if (const auto* zones = fields.array(*properties, "instanceCountSummary")) {
      for (const json::value& element : *zones) {
        const auto* zone = fields.element(element, "instanceCountSummary");
        if (zone == nullptr) break;
        const auto* counts = fields.array(*zone, "instanceCountsByState");
        if (counts != nullptr) add_counts(fields, *counts, stock);
      }
    }
    if (const auto* status = fields.object(*properties, "status")) {
      const std::string code{fields.text(*status, "code")};
      stock.is_healthy = code.empty() || equals_ignoring_case(code, "HealthState/healthy");
      if (!stock.is_healthy) {
        stock.words = io::excerpt(code + ": " + fields.text(*status, "message"), 300);
      }
    }
  }
  if (fields.mistake()) return with_context("stock of a standby pool", *fields.mistake());
  return stock;
}

}  // namespace spillway::aci
