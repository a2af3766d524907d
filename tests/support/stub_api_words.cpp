#include "tests/support/stub_api_words.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <utility>

namespace spillway::testing::stub_api {

namespace json = boost::json;

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts{};
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end{path.find('/')};
    parts.emplace_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return parts;
}

std::optional<ApiPath> parse_path(const std::string& path) {
  std::vector<std::string> parts{split(path)};
  ApiPath parsed{};
  std::string group{};
  std::size_t at{0};
  if (parts.size() >= 3 && parts[0] == "api") {
    parsed.api_version = parts[1];
    at = 2;
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    group = parts[1];
    parsed.api_version = parts[1] + "/" + parts[2];
    at = 3;
  } else {
    return std::nullopt;
  }
  if (parts[at] == "namespaces" && parts.size() > at + 2) {
    parsed.name_space = parts[at + 1];
    at += 2;
  }
  parsed.collection = group.empty() ? parts[at] : parts[at] + "." + group;
  if (parts.size() > at + 1) parsed.name = parts[at + 1];
  return parsed;
}

std::string text_in(const json::object& object, std::string_view key) {
  const json::value* const value{object.if_contains(key)};
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

json::object& metadata_of(json::object& object) {
  json::value& metadata{object["metadata"]};
  if (!metadata.is_object()) metadata = json::object{};
  return metadata.get_object();
}

std::string key_of(json::object& object) {
  const json::object& metadata{metadata_of(object)};
  const std::string name_space{text_in(metadata, "namespace")};
  return (name_space.empty() ? "" : name_space + "/") + text_in(metadata, "name");
}

void merge(json::object& into, const json::object& patch) {
  for (const auto& [key, value] : patch) {
    if (value.is_null()) {
      into.erase(key);
    } else if (value.is_object()) {
      json::value& target{into[key]};
      if (!target.is_object()) target = json::object{};
      merge(target.get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

std::string status_body(int code, std::string_view reason, std::string_view message) {
  json::object status{};
  status["kind"] = "Status";
  status["apiVersion"] = "v1";
  status["status"] = "Failure";
  status["code"] = code;
  status["reason"] = reason;
  status["message"] = message;
  return json::serialize(status);
}

std::string response(int status, const std::string& body, const std::string& header) {
  return fmt::format(
      "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}", status,
      body.size(), header, body);
}

bool has_labels(json::object& object, std::string_view selector) {
  while (!selector.empty()) {
    const std::size_t comma{selector.find(',')};
    const std::string_view each{selector.substr(0, comma)};
    selector.remove_prefix(comma == std::string_view::npos ? selector.size() : comma + 1);
    const std::size_t equals{each.find('=')};
    const json::value* const labels{metadata_of(object).if_contains("labels")};
    if (labels == nullptr || !labels->is_object()) return false;
    if (text_in(labels->get_object(), each.substr(0, equals)) != each.substr(equals + 1)) {
      return false;
    }
  }
  return true;
}

bool has_node(const json::object& object, std::string_view selector) {
  constexpr std::string_view field{"spec.nodeName="};
  if (!selector.starts_with(field)) return true;
  const json::value* const spec{object.if_contains("spec")};
  const bool has_spec{spec != nullptr && spec->is_object()};
  return (has_spec ? text_in(spec->get_object(), "nodeName") : "") == selector.substr(field.size());
}

}  // namespace spillway::testing::stub_api
