#include "tests/emulator/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "tests/emulator/json_text.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/url.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

constexpr std::string_view mask{"***"};

json::object show_headers(const Headers& headers) {
  static constexpr std::array secret{"authorization", "secret", "x-identity-header"};
  json::object shown;
  for (const auto& [name, value] : headers) {
    const std::string key{lower_text(name)};
    const bool hidden{std::find(secret.begin(), secret.end(), key) != secret.end()};
    shown[key] = hidden ? mask : std::string_view{value};
  }
  return shown;
}

std::string show_form(const std::string& text) {
  static constexpr std::array secret{"client_secret", "client_assertion", "assertion", "password"};
  const auto form{parse_form(text)};
  if (!form) return std::string{mask};
  std::string shown;
  for (const auto& [name, value] : *form) {
    const bool hidden{std::find(secret.begin(), secret.end(), name) != secret.end()};
    shown += fmt::format("{}{}={}", shown.empty() ? "" : "&", percent_encode(name),
                         hidden ? std::string{mask} : percent_encode(value));
  }
  return shown;
}

void mask_token(json::value& body) {
  if (json::object * fields{body.if_object()}; fields && fields->contains("access_token")) {
    (*fields)["access_token"] = mask;
  }
}

void add_body(json::object& message, const Headers& headers, const std::string& body) {
  if (body.empty()) return;
  const std::string* type{find_header(headers, "Content-Type")};
  if (type != nullptr && type->find("x-www-form-urlencoded") != std::string::npos) {
    message["body"] = show_form(body);
    return;
  }
  boost::system::error_code error;
  json::value parsed(json::parse(body, error));
  if (error) parsed = body;
  mask_token(parsed);
  message["body"] = std::move(parsed);
}

}  // namespace

json::object exchange_document(const Request& request, const Response& response) {
  json::object asked{{"method", request.method},
                     {"url", request.base_url + request.target},
                     {"headers", show_headers(request.headers)}};
  add_body(asked, request.headers, request.body);
  json::object answered{{"status", response.status}, {"headers", show_headers(response.headers)}};
  add_body(answered, response.headers, response.body);
  if (response.delivery != Delivery::whole) {
    answered["delivery"] = response.delivery == Delivery::dropped ? "dropped" : "truncated";
  }
  return {{"request", std::move(asked)}, {"response", std::move(answered)}};
}

Recorder::Recorder(const std::string& path) {
  if (path.empty()) return;
  file_.open(path, std::ios::trunc);
  if (!file_) throw std::runtime_error{fmt::format("--record {}: cannot be written", path)};
}

void Recorder::note(const Request& request, const Response& response) {
  if (!file_.is_open() || request.target.starts_with("/_emulator/")) return;
  file_ << json_text(exchange_document(request, response)) << std::endl;
}

}  // namespace spillway::emulator
