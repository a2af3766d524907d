#include "controller/io/http.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace spillway::io {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

Errc code_of_status(int status) {
  if (status == 401 || status == 403) return Errc::denied;
  if (status == 404 || status == 410) return Errc::not_found;
  if (status == 408) return Errc::timeout;
  if (status == 429) return Errc::throttled;
  if (status >= 500) return Errc::unavailable;
  return Errc::bad_request;
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equals_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_,
                [&](const auto& field) { return equals_ignoring_case(field.first, name); });
  fields_.emplace_back(name, std::move(value));
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS" || method == "TRACE";
}

std::string_view reason_phrase(int status) {
  static constexpr std::pair<int, std::string_view> phrases[]{
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {415, "Unsupported Media Type"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
  };
  for (const auto& [code, phrase] : phrases) {
    if (code == status) return phrase;
  }
  return "";
}

std::optional<Duration> retry_after(const HttpResponse& response) {
  const auto value = response.headers.find("Retry-After");
  if (!value) return std::nullopt;
  std::uint32_t whole_seconds{0};
  const char* const end{value->data() + value->size()};
  const auto parsed = std::from_chars(value->data(), end, whole_seconds);
  if (parsed.ptr != end || parsed.ec == std::errc::invalid_argument) return std::nullopt;
  const bool is_huge{parsed.ec == std::errc::result_out_of_range};
  const Duration longest{std::chrono::hours{1}};  // a hint, not a way to switch us off
  return is_huge ? longest : std::min<Duration>(longest, std::chrono::seconds{whole_seconds});
}

Error error_of_status(std::string_view what, const HttpResponse& response) {
  Error error{.code = code_of_status(response.status),
              .context = fmt::format("{}: HTTP {} {}", what, response.status,
                                     reason_phrase(response.status))};
  if (!response.body.empty()) error.context += ": " + excerpt(response.body);
  error.retry_after = retry_after(response);
  return error;
}

std::string excerpt(std::string_view text, std::size_t limit) {
  const bool is_cut{text.size() > limit};
  std::string shown{text.substr(0, limit)};
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; }, ' ');
  return is_cut ? shown + "..." : shown;
}

}  // namespace spillway::io
