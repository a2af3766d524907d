#include "controller/cli/api_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "controller/cli/json_text.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/log.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::cli {
namespace {

constexpr Duration answer_timeout{std::chrono::seconds{15}};

constexpr std::size_t ca_file_bytes_max{4 * 1024 * 1024};
constexpr const char* default_url{"http://127.0.0.1:9900"};

std::string given_or(const std::string& given, const char* variable, const char* otherwise) {
  if (!given.empty()) return given;
  const char* from_environment{std::getenv(variable)};
  const std::string found{from_environment ? from_environment : ""};
  return found.empty() ? otherwise : found;
}

std::string address_of(const ApiAddress& api) {
  return given_or(api.url, "SPILLWAY_API", default_url);
}

/// The code that an answer names; what is new to us is a refusal like any other.
Errc code_named(std::string_view word) {
  for (int i{0}; i <= static_cast<int>(Errc::too_large); ++i) {
    if (to_string(static_cast<Errc>(i)) == word) return static_cast<Errc>(i);
  }
  return Errc::bad_request;
}

}  // namespace

Error error_in(const json::value& answer) {
  const json::object none{};
  const auto* const page{answer.if_object()};
  const json::object error{object_of(page ? *page : none, "error")};
  if (!error.contains("message")) {
    return {Errc::bad_request, "the API answered without a reason"};
  }
  const std::string word{text_of(error, "code")};
  std::string message{text_of(error, "message")};
  if (message.starts_with(word + ": ")) message.erase(0, word.size() + 2);
  return {code_named(word), std::move(message)};
}

Error error_in_text(const std::string& body) {
  boost::system::error_code malformed{};
  // Braces would make a list with the answer as its only element.
  const json::value page = json::parse(body, malformed);
  return malformed ? Error{Errc::bad_request, io::excerpt(body)} : error_in(page);
}

Result<io::HttpResponse> call(const ApiAddress& api, const std::string& method,
                              const std::string& target) {
  io::start_logging(io::LogFormat::automatic, io::LogLevel::error);
  const std::string address{address_of(api)};
  const auto url{io::parse_url(address)};
  if (!url) return with_context("--api " + address, url.error());
  asio::io_context context{};
  io::RealClock clock{context};
  io::HttpClientOptions options{};
  if (!api.ca_file.empty()) {
    auto pem{io::read_file(api.ca_file, ca_file_bytes_max)};
    if (!pem) return with_context("--ca-file", pem.error());
    options.tls.ca_pem = std::move(*pem);
  }
  auto client{io::make_http_client(context, clock, std::move(options))};
  if (!client) return client.error();
  io::HttpRequest request{.method = method, .url = io::join(*url, target)};
  const std::string token{given_or(api.token, "SPILLWAY_TOKEN", "")};
  if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);

  std::optional<Result<io::HttpResponse>> answer{};
  asio::co_spawn(context,
                 (*client)->send(std::move(request), io::deadline_after(clock, answer_timeout)),
                 [&](const std::exception_ptr& failure, Result<io::HttpResponse> response) {
                   if (failure) std::rethrow_exception(failure);
                   answer.emplace(std::move(response));
                   context.stop();
                 });
  context.run();
  if (!*answer) {
    return with_context("no controller answers at " + address + " (is `spillway run` running?)",
                        answer->error());
  }
  return std::move(*answer);
}

Result<json::value> ask(const ApiAddress& api, const std::string& method,
                        const std::string& target) {
  const auto answer{call(api, method, target)};
  if (!answer) return answer.error();
  boost::system::error_code malformed{};
  json::value page = json::parse(answer->body, malformed);
  if (malformed) {
    return Error{Errc::malformed, address_of(api) + " did not answer with JSON"};
  }
  if (answer->status >= 300) return error_in(page);
  return page;
}

}  // namespace spillway::cli
