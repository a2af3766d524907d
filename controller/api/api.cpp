#include "controller/api/api.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

#include "controller/api/status_json.hpp"
#include "controller/io/base64.hpp"

namespace asio = boost::asio;

namespace spillway::api {
namespace {

constexpr int decisions_max{1000};
constexpr Duration drain_default{std::chrono::minutes{10}};

io::HttpResponse reply(int status, std::string type, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", std::move(type)},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(body)};
}

io::HttpResponse json(std::string body) {
  return reply(200, "application/json", std::move(body));
}

int status_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return 404;
    case Errc::denied:
      return 403;
    case Errc::bad_request:
      return 400;
    case Errc::throttled:
      return 429;
    default:
      return 503;
  }
}

io::HttpResponse failure(const Error& error) {
  return reply(status_of(error.code), "application/json", error_json(error));
}

std::string value_of(const io::QueryParams& query, std::string_view key) {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return "";
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value{0};
  const auto [end, failed]{std::from_chars(text.data(), text.data() + text.size(), value)};
  if (failed != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// `path` without `prefix`; nothing if it does not begin with it or nothing follows.
std::optional<std::string> after(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix) || path.size() == prefix.size()) return std::nullopt;
  return std::string{path.substr(prefix.size())};
}

/// `127.0.0.1:9900`, `[::1]:9900` or `localhost` without port and brackets.
std::string without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end{host.find(']')};
    return end == std::string_view::npos ? "" : std::string{host.substr(1, end - 1)};
  }
  return std::string{host.substr(0, host.rfind(':'))};
}

bool is_health(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/-/healthy" || path == "/-/ready";
}

/// The credentials in an `Authorization` header; empty: none of this scheme.
std::string credentials(std::string_view header, std::string_view scheme) {
  return after(header, scheme).value_or("");
}

/// What a browser sends, with any name. Nothing that changes something is done for it: it would
/// send it for pages of other sites as well.
std::string password(std::string_view header) {
  const auto text{io::decode_base64(credentials(header, "Basic "))};
  const std::size_t colon{text ? text->find(':') : std::string::npos};
  return colon == std::string::npos ? "" : text->substr(colon + 1);
}

}  // namespace

Api::Api(ApiParts parts) : parts_{std::move(parts)} {}

asio::awaitable<io::HttpReply> Api::handle(io::HttpRequest request) {
  co_return io::HttpReply{respond(request)};
}

io::HttpResponse Api::respond(const io::HttpRequest& request) {
  const auto target{io::parse_target(request.url.target)};
  if (!target) return failure(target.error());
  if (!is_addressed_to_us(request)) {
    return failure(
        {Errc::denied,
         "without api.token the API answers to an IP address or localhost in `Host`, not "
         "to other names (DNS rebinding): use the address, or set a token"});
  }
  if (!is_allowed(request, target->path)) {
    auto denied{reply(401, "application/json",
                      error_json({Errc::denied,
                                  "api.token is needed: --token or -c of spillway's commands, a "
                                  "bearer token, or, to read in a browser, the password for any "
                                  "name"}))};
    // Browsers ask for the password; what changes something is not for them. Both in one line they
    // do not take apart.
    denied.headers.set("WWW-Authenticate",
                       request.method == "GET" ? R"(Basic realm="spillway")" : "Bearer");
    return denied;
  }
  if (request.method == "GET") return read(target->path, target->query);
  // Browsers send cross-site forms without asking; a header that forms cannot carry stops them.
  const bool is_from_a_page{request.headers.find("Origin").has_value()};
  if (request.method == "POST" && is_from_a_page) {
    return failure({Errc::denied, "requests from other sites' pages are refused"});
  }
  if (request.method == "POST") return write(target->path, target->query);
  auto refused{reply(405, "application/json",
                     error_json({Errc::bad_request, "only GET and POST are served"}))};
  refused.headers.set("Allow", "GET, POST");
  return refused;
}

bool Api::is_allowed(const io::HttpRequest& request, const std::string& path) const {
  if (parts_.token.empty() || is_health(path)) return true;
  const auto header{request.headers.find("Authorization")};
  if (!header) return false;
  const bool is_basic{request.method == "GET" && header->starts_with("Basic ")};
  return parts_.token == io::Secret{is_basic ? password(*header) : credentials(*header, "Bearer ")};
}

/// Without a token only this machine may ask, and a page in its browser must not: a hostile name
/// that resolves to 127.0.0.1 makes the page "same origin", but its `Host` still tells the name.
bool Api::is_addressed_to_us(const io::HttpRequest& request) const {
  const auto host{request.headers.find("Host")};
  if (!parts_.token.empty() || !host) return true;
  const std::string name{without_port(*host)};
  boost::system::error_code is_no_address{};
  asio::ip::make_address(name, is_no_address);
  return !is_no_address || name == "localhost";
}

io::HttpResponse Api::read(const std::string& path, const io::QueryParams& query) {
  if (path == "/") return reply(200, "text/html; charset=utf-8", std::string{dashboard_page()});
  if (path == "/metrics") return reply(200, "text/plain; version=0.0.4", parts_.metrics());
  if (path == "/healthz" || path == "/-/healthy") {
    const auto ticked{parts_.last_tick_at()};
    const bool is_stuck{ticked && parts_.clock->now() - *ticked > parts_.stuck_after};
    if (is_stuck) return reply(503, "text/plain", "no tick since " + to_string(*ticked) + "\n");
    return reply(200, "text/plain", "ok\n");
  }
  if (path == "/readyz" || path == "/-/ready") {
    const auto status{parts_.status()};
    if (!status) return reply(503, "text/plain", "no tick has ended yet\n");
    if (status->listing_trouble) {
      return reply(503, "text/plain", to_string(*status->listing_trouble) + "\n");
    }
    return reply(200, "text/plain", "ready\n");
  }
  if (path == "/api/v1/status") {
    const auto status{parts_.status()};
    if (!status) return failure({Errc::unavailable, "no tick has ended yet"});
    return json(status_json(*status));
  }
  if (path == "/api/v1/decisions") return decisions(query);
  if (const auto name{after(path, "/sd/")}) {
    if (auto body{parts_.service_discovery(*name)}) return json(std::move(*body));
    return failure({Errc::not_found, "no traffic of type http_sd is known by now as " + *name});
  }
  if (path == "/-/reload") {
    auto refused{reply(405, "text/plain", "a reload changes something: it needs POST\n")};
    refused.headers.set("Allow", "POST");
    return refused;
  }
  return failure({Errc::not_found, "nothing is served at " + io::excerpt(path)});
}

io::HttpResponse Api::decisions(const io::QueryParams& query) {
  JournalQuery wanted{.workload = value_of(query, "workload")};
  if (const std::string text{value_of(query, "limit")}; !text.empty()) {
    const auto limit{whole_number(text)};
    if (!limit || *limit < 1 || *limit > decisions_max) {
      return failure({Errc::bad_request, "limit: expected a whole number from 1 to 1000"});
    }
    wanted.limit = static_cast<int>(*limit);
  }
  if (const std::string text{value_of(query, "id")}; !text.empty()) {
    wanted.id = whole_number(text);
    if (!wanted.id) return failure({Errc::bad_request, "id: expected a whole number"});
  }
  const auto entries{parts_.store->journal(wanted)};
  return entries ? json(decisions_json(*entries)) : failure(entries.error());
}

io::HttpResponse Api::write(const std::string& path, const io::QueryParams& query) {
  if (path == "/-/reload") {
    const auto changed{parts_.reload()};
    if (!changed) return reply(400, "text/plain", to_string(changed.error()) + "\n");
    return reply(200, "text/plain", *changed + "\n");
  }
  if (path == "/api/v1/drain") {
    Result<void> done{Error{Errc::bad_request, "expected ?group=NAME or ?workload=NAME"}};
    const std::string group{value_of(query, "group")};
    const std::string workload{value_of(query, "workload")};
    Duration length{drain_default};
    if (const std::string text{value_of(query, "seconds")}; !text.empty()) {
      const auto wanted{whole_number(text)};
      if (!wanted || *wanted < 1 || *wanted > 7 * 86'400) {
        return failure({Errc::bad_request, "seconds: expected a whole number up to a week"});
      }
      length = std::chrono::seconds{*wanted};
    }
    if (!group.empty()) done = parts_.drain_group({group});
    if (!workload.empty()) done = parts_.drain_workload(workload, length);
    return done ? json("{\"ok\":true}") : failure(done.error());
  }
  return failure({Errc::not_found, "nothing is done at " + io::excerpt(path)});
}

}  // namespace spillway::api
