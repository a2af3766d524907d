#include "controller/cluster/docker_swarm/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/json_fields.hpp"

namespace spillway::docker_swarm {

namespace asio = boost::asio;

namespace {

/// What this speaks; newer engines go on understanding it (their MinAPIVersion is lower).
constexpr ApiVersion newest{1, 41};
/// Task states and update states as they are read here are all there since Docker 17.04.
constexpr ApiVersion oldest{1, 28};
constexpr std::size_t requests_at_once{4};

/// Another manager may do better: this one is away, or is none.
bool concerns_manager(Errc code) {
  return code == Errc::timeout || code == Errc::unavailable || code == Errc::malformed ||
         code == Errc::denied;
}

/// Docker's words are in `{"message": "..."}`.
Error refusal(const io::HttpResponse& response) {
  io::HttpResponse shown{response};
  if (const auto body = io::parse_object(response.body)) {
    io::FieldReader fields{};
    const std::string message{fields.text(*body, "message")};
    if (!message.empty()) shown.body = message;
  }
  return io::error_of_status("Docker Engine", shown);
}

}  // namespace

std::optional<ApiVersion> parse_version(std::string_view text) {
  ApiVersion version{};
  const char* const end{text.data() + text.size()};
  const auto first = std::from_chars(text.data(), end, version.major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, version.minor);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  if (version.major < 0 || version.minor < 0) return std::nullopt;
  return version;
}

std::string to_string(const ApiVersion& version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

Engine::Engine(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings)
    : client_{std::move(client)},
      clock_{clock},
      settings_{std::move(settings)},
      access_{settings_.access},
      order_{settings_.endpoints.size()} {
  for (const std::string& endpoint : settings_.endpoints) {
    const auto url = engine_url(endpoint, settings_.access);
    if (!url) throw std::invalid_argument{spillway::to_string(url.error())};
    managers_.push_back({.url = *url});
  }
}

std::string Engine::speaks_with() const {
  if (!last_) return {};
  const Manager& manager{managers_[*last_]};
  const std::string version{manager.version ? to_string(*manager.version) : "?"};
  return fmt::format("{}, API {}", io::origin(manager.url), version);
}

asio::awaitable<Result<std::vector<std::string>>> Engine::get(std::vector<std::string> targets,
                                                              io::Deadline deadline) {
  const auto refreshed = access_.refresh();
  if (!refreshed) co_return refreshed.error();
  Error last{Errc::unavailable, "no manager to ask"};
  for (const std::size_t index : order_.order(clock_.now())) {
    auto answers = co_await ask(index, targets, deadline);
    if (answers) {
      order_.note_success(index);
      last_ = index;
      co_return answers;
    }
    last = access_.redact(answers.error());
    if (!concerns_manager(last.code)) co_return last;
    order_.note_failure(index, clock_.now());
    managers_[index].version.reset();
    if (clock_.now() >= deadline.at) break;
  }
  co_return last;
}

asio::awaitable<Result<std::vector<std::string>>> Engine::ask(std::size_t index,
                                                              std::vector<std::string> targets,
                                                              io::Deadline deadline) {
  if (!managers_[index].version) {
    const auto negotiated = co_await negotiate(index, deadline);
    if (!negotiated) co_return negotiated.error();
  }
  std::vector<asio::awaitable<Result<std::string>>> requests{};
  requests.reserve(targets.size());
  for (std::string& target : targets) {
    requests.push_back(get_one(index, std::move(target), deadline));
  }
  auto answers = co_await io::gather(std::move(requests), requests_at_once);
  std::vector<std::string> bodies{};
  bodies.reserve(answers.size());
  for (auto& answer : answers) {
    if (!answer) co_return answer.error();
    bodies.push_back(std::move(*answer));
  }
  co_return bodies;
}

/// `/_ping` tells the newest version that the engine speaks, and needs none itself.
asio::awaitable<Result<void>> Engine::negotiate(std::size_t index, io::Deadline deadline) {
  auto response = co_await send(io::join(managers_[index].url, "/_ping"), deadline);
  if (!response) co_return response.error();
  if (response->status != 200) co_return refusal(*response);
  const auto theirs = parse_version(response->headers.find("Api-Version").value_or(""));
  if (!theirs) {
    co_return Error{Errc::malformed,
                    "GET /_ping: no Api-Version in the answer: not a Docker Engine?"};
  }
  if (*theirs < oldest) {
    co_return Error{Errc::bad_request,
                    fmt::format("this Docker Engine speaks API {} at most; needed is {}",
                                to_string(*theirs), to_string(oldest))};
  }
  managers_[index].version = std::min(*theirs, newest);
  co_return Result<void>{};
}

asio::awaitable<Result<std::string>> Engine::get_one(std::size_t index, std::string target,
                                                     io::Deadline deadline) {
  const Manager& manager{managers_[index]};
  const std::string versioned{"/v" + to_string(manager.version.value_or(oldest)) + target};
  auto response = co_await send(io::join(manager.url, versioned), deadline);
  if (!response) co_return response.error();
  if (response->status != 200) {
    co_return with_context("GET " + target.substr(0, target.find('?')), refusal(*response));
  }
  co_return std::move(response->body);
}

asio::awaitable<Result<io::HttpResponse>> Engine::send(io::Url url, io::Deadline deadline) {
  io::HttpRequest request{};
  request.url = std::move(url);
  constexpr std::size_t mib{1024 * 1024};
  request.response_limit = static_cast<std::size_t>(settings_.answer_mib_max) * mib;
  access_.authorize(request);
  const auto own = io::deadline_after(clock_, settings_.timeout);
  co_return co_await client_->send(std::move(request), io::earlier(own, deadline));
}

}  // namespace spillway::docker_swarm
