// The API server's answers to lists, watches and discovery, and its way to say no. Pure: bytes in,
// values or Error out.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::kubernetes {

/// What a status other than 2xx means, in the words of the `Status` object if there is one:
/// 401, 403 denied; 404 not_found; 409 transitioning (it changed meanwhile: read it again and
/// repeat; but `AlreadyExists` is told apart by `is_already_there`); 410 not_found (expired: list
/// anew); 422, 400 bad_request; 429 throttled; 5xx unavailable; 504 timeout.
Error error_of_answer(std::string_view what, const io::HttpResponse& response);

/// The `reason` of a `Status` object: `Conflict`, `AlreadyExists`, `Expired`; empty if there is
/// none.
std::string status_reason(std::string_view body);

/// One page of a list.
struct ListPage {
  std::vector<boost::json::object> items{};
  std::string resource_version{};  ///< a watch goes on from here
  std::string next{};              ///< token of the next page; empty: this was the last
};

/// Errors: `malformed`: no list, no resourceVersion.
Result<ListPage> parse_list_page(std::string_view body);

struct WatchEvent {
  enum class Kind { added, modified, deleted, bookmark, error };

  Kind kind{Kind::error};
  boost::json::object object{};
  std::string resource_version{};  ///< of the object
};

/// One line of a watch. Errors: `malformed`.
Result<WatchEvent> parse_watch_event(std::string_view line);

/// True for the error event that says that the resource version is too old: list anew.
bool is_expired(const WatchEvent& event);

/// The versions of `/apis/GROUP`, the server's preferred one first. Errors: `malformed`.
Result<std::vector<std::string>> parse_group_versions(std::string_view body);

/// The first of `understood` (best first) that the server has; nothing if it has none.
std::optional<std::string> choose_version(const std::vector<std::string>& offered,
                                          const std::vector<std::string>& understood);

}  // namespace spillway::kubernetes
