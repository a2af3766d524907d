#include "controller/kubernetes/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

/// The `Status` object that `body` is, or nothing: a proxy's page, say.
std::optional<json::object> status_of(std::string_view body) {
  boost::system::error_code failure{};
  json::value document = json::parse(body, failure);
  if (failure || !document.is_object()) return std::nullopt;
  const json::value* const kind{document.get_object().if_contains("kind")};
  if (kind == nullptr || !kind->is_string() || kind->get_string() != "Status") return std::nullopt;
  return std::move(document.get_object());
}

Errc code_of(int status, Errc by_table) {
  switch (status) {
    case 409:
      return Errc::transitioning;
    case 504:
      return Errc::timeout;
    default:
      return by_table;
  }
}

/// The one for every `denied` is about Azure.
std::string_view advice_on(int status) {
  switch (status) {
    case 401:
      return "check the credentials of the connection to the API server: a token that has expired, "
             "or a certificate of another cluster";
    case 403:
      return "grant it to our account by RBAC, as config/deploy/kubernetes/rbac.yaml does; "
             "`kubectl "
             "auth can-i VERB RESOURCE -n NAMESPACE` as that account says what it may";
    default:
      return {};
  }
}

/// The seconds that a 429 or 500 asks to wait, in the Status object.
std::optional<Duration> retry_seconds(FieldReader& fields, const json::object& status) {
  const auto after = fields.optional_count(fields.object(&status, "details"), "retryAfterSeconds");
  if (!after || *after <= 0) return std::nullopt;
  return std::chrono::seconds{std::min(*after, 3600)};
}

}  // namespace

Error error_of_answer(std::string_view what, const io::HttpResponse& response) {
  Error error{io::error_of_status(what, response)};
  error.code = code_of(response.status, error.code);
  error.advice = advice_on(response.status);
  const auto status = status_of(response.body);
  if (!status) return error;
  FieldReader fields{};
  const std::string message{fields.text(&*status, "message")};
  const std::string reason{fields.text(&*status, "reason")};
  error.context = fmt::format("{}: {} {}: {}", what, response.status, io::excerpt(reason, 60),
                              io::excerpt(message, 300));
  if (!error.retry_after) error.retry_after = retry_seconds(fields, *status);
  return error;
}

std::string status_reason(std::string_view body) {
  const auto status = status_of(body);
  if (!status) return {};
  FieldReader fields{};
  return fields.text(&*status, "reason");
}

Result<ListPage> parse_list_page(std::string_view body) {
  auto document = parse_object(body);
  if (!document) return document.error();
  FieldReader fields{};
  const json::object* const metadata{fields.object(&*document, "metadata")};
  ListPage page{.resource_version = fields.text(metadata, "resourceVersion"),
                .next = fields.text(metadata, "continue")};
  const std::string kind{fields.text(&*document, "kind")};
  if (!kind.ends_with("List")) fields.expected("a list", "kind");
  if (page.resource_version.empty()) {
    fields.expected("the version of the list", "metadata.resourceVersion");
  }
  if (fields.mistake()) return *fields.mistake();
  json::value* const items{document->if_contains("items")};
  if (items == nullptr || items->is_null()) return page;  // an empty list of old servers
  if (!items->is_array()) return Error{Errc::malformed, "'items' should be a list"};
  page.items.reserve(items->get_array().size());
  for (json::value& item : items->get_array()) {
    if (!item.is_object()) return Error{Errc::malformed, "'items' should be a list of objects"};
    page.items.push_back(std::move(item.get_object()));
  }
  return page;
}

Result<WatchEvent> parse_watch_event(std::string_view line) {
  using Kind = WatchEvent::Kind;
  constexpr std::array<std::pair<std::string_view, Kind>, 5> kinds{{{"ADDED", Kind::added},
                                                                    {"MODIFIED", Kind::modified},
                                                                    {"DELETED", Kind::deleted},
                                                                    {"BOOKMARK", Kind::bookmark},
                                                                    {"ERROR", Kind::error}}};
  auto document = parse_object(line);
  if (!document) return with_context("watch event", document.error());
  FieldReader fields{};
  const std::string type{fields.text(&*document, "type")};
  const auto* const kind = std::find_if(kinds.begin(), kinds.end(),
                                        [&](const auto& each) { return each.first == type; });
  if (kind == kinds.end()) {
    return Error{Errc::malformed, "watch event: unknown type " + io::excerpt(type, 40)};
  }
  const json::object* const object{fields.object(&*document, "object")};
  if (object == nullptr) fields.expected("an object", "object");
  WatchEvent event{.kind = kind->second};
  event.resource_version = fields.text(fields.object(object, "metadata"), "resourceVersion");
  const bool needs_version{event.kind != Kind::error};
  if (needs_version && event.resource_version.empty()) {
    fields.expected("the version of the object", "metadata.resourceVersion");
  }
  if (fields.mistake()) return with_context("watch event", *fields.mistake());
  event.object = std::move(document->at("object").get_object());
  return event;
}

bool is_expired(const WatchEvent& event) {
  if (event.kind != WatchEvent::Kind::error) return false;
  FieldReader fields{};
  const std::string reason{fields.text(&event.object, "reason")};
  return fields.count(&event.object, "code") == 410 || reason == "Expired" || reason == "Gone";
}

Result<std::vector<std::string>> parse_group_versions(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return document.error();
  FieldReader fields{};
  std::vector<std::string> versions{};
  const auto* const preferred = fields.object(&*document, "preferredVersion");
  if (preferred != nullptr) versions.push_back(fields.text(preferred, "version"));
  for (const json::object* const each : fields.objects(&*document, "versions")) {
    std::string version{fields.text(each, "version")};
    if (std::find(versions.begin(), versions.end(), version) == versions.end()) {
      versions.push_back(std::move(version));
    }
  }
  if (versions.empty()) fields.expected("a list of versions", "versions");
  if (fields.mistake()) return *fields.mistake();
  return versions;
}

std::optional<std::string> choose_version(const std::vector<std::string>& offered,
                                          const std::vector<std::string>& understood) {
  for (const std::string& version : understood) {
    if (std::find(offered.begin(), offered.end(), version) != offered.end()) return version;
  }
  return std::nullopt;
}

}  // namespace spillway::kubernetes
