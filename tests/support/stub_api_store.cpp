#include "tests/support/stub_api_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace spillway::testing::stub_api {

namespace json = boost::json;

namespace {

std::string key_in(const ApiPath& path) {
  return (path.name_space.empty() ? "" : path.name_space + "/") + path.name;
}

std::string not_found(const ApiPath& path) {
  return response(404, status_body(404, "NotFound", path.name + " not found"));
}

}  // namespace

const json::object& Store::store(const std::string& collection, json::object object) {
  const std::string key{key_of(object)};
  auto& content = objects_[collection];
  const bool is_new{!content.contains(key)};
  json::object& metadata{metadata_of(object)};
  metadata["resourceVersion"] = std::to_string(++version_);
  if (text_in(metadata, "uid").empty()) metadata["uid"] = fmt::format("uid-{}", version_);
  content[key] = std::move(object);
  tell(is_new ? "ADDED" : "MODIFIED", collection, content[key]);
  return content[key];
}

void Store::remove(const std::string& collection, const std::string& key) {
  auto& content = objects_[collection];
  const auto found = content.find(key);
  if (found == content.end()) return;
  json::object last{std::move(found->second)};
  content.erase(found);
  metadata_of(last)["resourceVersion"] = std::to_string(++version_);
  tell("DELETED", collection, last);
}

const json::object* Store::find(const std::string& collection, const std::string& key) const {
  const auto content = objects_.find(collection);
  if (content == objects_.end()) return nullptr;
  const auto found = content->second.find(key);
  return found == content->second.end() ? nullptr : &found->second;
}

std::size_t Store::count(const std::string& collection) const {
  const auto content = objects_.find(collection);
  return content == objects_.end() ? 0 : content->second.size();
}

void Store::compact() {
  events_.clear();
  oldest_ = ++version_;
}

void Store::tell(const std::string& type, const std::string& collection,
                 const json::object& object) {
  events_.push_back({version_, type, collection, object});
  if (on_event) on_event(events_.back());
}

std::string Store::read(const ApiPath& path) const {
  const json::object* const found{find(path.collection, key_in(path))};
  return found == nullptr ? not_found(path) : response(200, json::serialize(*found));
}

std::string Store::list(const ApiPath& path, const io::QueryParams& query, std::size_t page_max) {
  const auto parameter = [&](std::string_view name) {
    for (const auto& [key, value] : query) {
      if (key == name) return value;
    }
    return std::string{};
  };
  const std::string from{parameter("continue")};
  const std::string wished{parameter("limit")};
  const std::size_t limit{
      std::min<std::size_t>(page_max, wished.empty() ? 1'000'000 : std::stoul(wished))};
  json::array items{};
  std::string next{};
  for (auto& [key, object] : objects_[path.collection]) {
    const std::string name_space{text_in(metadata_of(object), "namespace")};
    const bool is_its{(path.name_space.empty() || path.name_space == name_space) &&
                      has_labels(object, parameter("labelSelector")) &&
                      has_node(object, parameter("fieldSelector"))};
    if (!is_its || key <= from) continue;
    if (items.size() == limit) break;
    items.push_back(object);
    next = items.size() == limit ? key : std::string{};
  }
  if (!next.empty() && next == objects_[path.collection].rbegin()->first) next.clear();
  json::object metadata{{"resourceVersion", std::to_string(version_)}};
  if (!next.empty()) metadata["continue"] = next;
  json::object body{{"kind", "XList"}, {"apiVersion", path.api_version}};
  body["metadata"] = std::move(metadata);
  body["items"] = std::move(items);
  return response(200, json::serialize(body));
}

std::string Store::write(const ApiPath& path, const io::HttpRequest& request) {
  boost::system::error_code failure{};
  json::value parsed = json::parse(request.body.empty() ? "{}" : request.body, failure);
  if (failure || !parsed.is_object()) {
    return response(400, status_body(400, "BadRequest", "not JSON"));
  }
  json::object body{std::move(parsed.get_object())};
  auto& content = objects_[path.collection];
  if (request.method == "POST") {
    metadata_of(body)["namespace"] = path.name_space;
    if (path.name_space.empty()) metadata_of(body).erase("namespace");
    if (content.contains(key_of(body))) {
      return response(409, status_body(409, "AlreadyExists", "it already exists"));
    }
    return response(201, json::serialize(store(path.collection, std::move(body))));
  }
  const std::string key{key_in(path)};
  const auto found = content.find(key);
  if (found == content.end()) return not_found(path);
  const std::string current{text_in(metadata_of(found->second), "resourceVersion")};
  if (request.method == "DELETE") {
    const json::value* const wanted{body.if_contains("preconditions")};
    const std::string version_wanted{
        wanted == nullptr ? "" : text_in(wanted->get_object(), "resourceVersion")};
    if (!version_wanted.empty() && version_wanted != current) {
      return response(409, status_body(409, "Conflict", "it has been modified"));
    }
    remove(path.collection, key);
    return response(200, R"({"kind":"Status","status":"Success"})");
  }
  if (request.method == "PATCH") {
    json::object changed{found->second};
    merge(changed, body);
    return response(200, json::serialize(store(path.collection, std::move(changed))));
  }
  const std::string asked{text_in(metadata_of(body), "resourceVersion")};
  if (!asked.empty() && asked != current) {
    return response(409, status_body(409, "Conflict", "the object has been modified"));
  }
  metadata_of(body)["uid"] = text_in(metadata_of(found->second), "uid");
  return response(200, json::serialize(store(path.collection, std::move(body))));
}

}  // namespace spillway::testing::stub_api
