#include "controller/cluster/marathon/api.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "controller/cluster/marathon/login.hpp"
#include "controller/io/gather.hpp"

namespace spillway::marathon {

namespace asio = boost::asio;

namespace {

constexpr std::size_t mib{1024 * 1024};
constexpr std::size_t requests_at_once{3};
constexpr std::string_view events_target{"/v2/events"};

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

io::Url checked_url(const std::string& text) {
  const auto url = io::parse_url(text);
  if (!url) throw std::invalid_argument{to_string(url.error())};
  return *url;
}

}  // namespace

Api::Api(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings)
    : client_{std::move(client)},
      clock_{clock},
      settings_{std::move(settings)},
      access_{settings_.access},
      order_{settings_.urls.size()} {
  for (const std::string& text : settings_.urls) urls_.push_back(checked_url(text));
}

asio::awaitable<Result<std::vector<std::string>>> Api::get(std::vector<std::string> targets,
                                                           io::Deadline deadline) {
  const auto prepared = co_await prepare(deadline);
  if (!prepared) co_return prepared.error();
  Error last{Errc::unavailable, "no Marathon to ask"};
  for (const std::size_t index : order_.order(clock_.now())) {
    is_token_refused_ = false;
    auto bodies = co_await get_from(index, targets, deadline);
    if (!bodies && is_token_refused_ && settings_.has_login) {
      // Tokens of DC/OS last for days, and may be withdrawn before. Who is known and may not see
      // something (403) is not helped by another one.
      const auto renewed = co_await log_in(deadline);
      if (!renewed) co_return access_.redact(renewed.error());
      bodies = co_await get_from(index, targets, deadline);
    }
    if (bodies) {
      order_.note_success(index);
      co_return bodies;
    }
    last = access_.redact(bodies.error());
    order_.note_failure(index, clock_.now());
    if (clock_.now() >= deadline.at) break;
  }
  co_return last;
}

asio::awaitable<Result<std::vector<std::string>>> Api::get_from(std::size_t index,
                                                                std::vector<std::string> targets,
                                                                io::Deadline deadline) {
  std::vector<asio::awaitable<Result<std::string>>> requests{};
  requests.reserve(targets.size());
  for (std::string& target : targets) {
    requests.push_back(get_one(index, std::move(target), deadline));
  }
  auto answers = co_await io::gather(std::move(requests), requests_at_once);
  std::vector<std::string> bodies{};
  for (auto& answer : answers) {
    if (!answer) co_return answer.error();
    bodies.push_back(std::move(*answer));
  }
  co_return bodies;
}

asio::awaitable<Result<std::string>> Api::get_one(std::size_t index, std::string target,
                                                  io::Deadline deadline) {
  io::HttpRequest asked{request(index, target)};
  asked.headers.set("Accept", "application/json");
  asked.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * mib;
  const auto own = io::deadline_after(clock_, settings_.timeout);
  auto response = co_await client_->send(std::move(asked), io::earlier(own, deadline));
  if (!response) co_return response.error();
  if (is_redirect(response->status)) {
    co_return Error{
        Errc::bad_request,
        fmt::format("GET {}: {} redirects to {}, which is not followed: write it in "
                    "`urls` if it is yours",
                    target, io::origin(urls_[index]),
                    io::excerpt(response->headers.find("Location").value_or("nothing")))};
  }
  is_token_refused_ = is_token_refused_ || response->status == 401;
  if (response->status != 200) co_return io::error_of_status("GET " + target, *response);
  co_return std::move(response->body);
}

asio::awaitable<Result<void>> Api::follow_events(io::BodySink sink, Duration silence,
                                                 io::Deadline deadline) {
  const auto prepared = co_await prepare(deadline);
  if (!prepared) co_return prepared.error();
  Error last{Errc::unavailable, "no Marathon to ask"};
  bool has_begun{false};
  io::BodySink noting{[&](std::string_view piece) {
    has_begun = true;
    return sink(piece);
  }};
  for (const std::size_t index : order_.order(clock_.now())) {
    auto answer = co_await stream_from(index, noting, silence, deadline);
    if (answer && is_redirect(answer->status)) {
      const auto leader = leader_of(*answer);
      if (!leader) co_return leader.error();
      answer = co_await stream_from(*leader, noting, silence, deadline);
    }
    if (!answer) {
      last = access_.redact(answer.error());
    } else if (answer->status != 200) {
      if (answer->status == 401) token_ = io::Secret{};  // the next attempt logs in again
      last = access_.redact(io::error_of_status("GET /v2/events", *answer));
    } else {
      co_return Result<void>{};
    }
    if (has_begun || last.code == Errc::cancelled) break;
  }
  co_return last;
}

asio::awaitable<Result<io::HttpResponse>> Api::stream_from(std::size_t index, io::BodySink sink,
                                                           Duration silence,
                                                           io::Deadline deadline) {
  io::HttpRequest asked{request(index, std::string{events_target})};
  asked.headers.set("Accept", "text/event-stream");
  co_return co_await client_->stream(std::move(asked), std::move(sink), silence, deadline);
}

Result<std::size_t> Api::leader_of(const io::HttpResponse& response) const {
  const std::string location{response.headers.find("Location").value_or("")};
  const auto url = io::parse_url(location);
  for (std::size_t i{0}; url && i < urls_.size(); ++i) {
    if (io::origin(urls_[i]) == io::origin(*url)) return i;
  }
  return Error{Errc::bad_request,
               fmt::format("the leader is at {}, which is not among `urls`: add it, so that its "
                           "events can be read",
                           location.empty() ? "an address it does not tell"
                                            : io::excerpt(location.substr(0, location.find('?'))))};
}

io::HttpRequest Api::request(std::size_t index, const std::string& target) const {
  io::HttpRequest made{};
  made.url = io::join(urls_[index], target);
  access_.authorize(made);
  if (!token_.empty()) {
    made.headers.set("Authorization", "token=" + std::string{token_.reveal()});
  }
  return made;
}

asio::awaitable<Result<void>> Api::prepare(io::Deadline deadline) {
  const auto refreshed = access_.refresh();
  if (!refreshed) co_return refreshed.error();
  if (!settings_.has_login || !token_.empty()) co_return Result<void>{};
  const auto logged_in = co_await log_in(deadline);
  if (!logged_in) co_return access_.redact(logged_in.error());
  co_return Result<void>{};
}

asio::awaitable<Result<void>> Api::log_in(io::Deadline deadline) {
  token_ = io::Secret{};
  const LoginSettings& login{settings_.login};
  const auto url = io::parse_url(login.url);
  if (!url) co_return with_context("login", url.error());
  auto body = login_body(login, clock_.now());
  if (!body) co_return with_context("login", body.error());
  io::HttpRequest asked{};
  asked.method = "POST";
  asked.url = io::join(*url, login_path);
  asked.headers.set("Content-Type", "application/json");
  asked.response_limit = login_answer_limit;
  asked.body = std::move(*body);
  const auto own = io::deadline_after(clock_, settings_.timeout);
  const auto response = co_await client_->send(std::move(asked), io::earlier(own, deadline));
  if (!response) co_return with_context("login", response.error());
  if (response->status != 200) co_return login_refusal(login, response->status);
  auto token = parse_login(response->body);
  if (!token) co_return with_context("login", token.error());
  token_ = std::move(*token);
  co_return Result<void>{};
}

}  // namespace spillway::marathon
