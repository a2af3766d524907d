#include "tests/support/stub_marathon.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/url.hpp"
#include "tests/support/service_token.hpp"

namespace spillway::testing {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

io::HttpResponse reply(int status, std::string body, std::string type = "application/json") {
  io::HttpResponse response{};
  response.status = status;
  response.headers.set("Content-Type", std::move(type));
  response.body = std::move(body);
  return response;
}

io::HttpResponse message(int status, std::string_view words) {
  json::object body{};
  body["message"] = words;
  return reply(status, json::serialize(body));
}

std::string id_of(const json::object& app) {
  std::string id{app.at("id").as_string()};
  return id.starts_with('/') ? id : "/" + id;
}

std::string now_text(int version) {
  return fmt::format("2026-01-01T00:{:02}:{:02}.000Z", version / 60 % 60, version % 60);
}

}  // namespace

StubMarathon::StubMarathon(asio::io_context& context, io::Clock& clock, int instances)
    : context_{context}, clock_{clock}, broken_(static_cast<std::size_t>(instances), false) {
  for (std::size_t i{0}; i < broken_.size(); ++i) {
    io::HttpHandler handler{
        [this, i](io::HttpRequest request) { return handle(i, std::move(request)); }};
    auto server = io::start_http_server(context, clock, {}, std::move(handler));
    if (!server) throw std::runtime_error{to_string(server.error())};
    servers_.push_back(std::move(*server));
  }
}

std::string StubMarathon::host_port(std::size_t instance) const {
  return fmt::format("127.0.0.1:{}", servers_.at(instance)->port());
}

std::string StubMarathon::url(std::size_t instance) const {
  return "http://" + host_port(instance);
}

// --- what happens in the cluster
// ------------------------------------------------------------------

int StubMarathon::wanted(const App& app) const {
  const json::value* const instances{app.definition.if_contains("instances")};
  return instances == nullptr ? 1 : instances->to_number<int>();
}

int StubMarathon::running() const {
  int sum{0};
  for (const auto& [id, app] : apps_) sum += app.running;
  return sum;
}

void StubMarathon::deploy(App& app, std::string action) {
  app.deployment = fmt::format("97c136bf-5a28-4821-9d94-{:012}", ++versions_);
  app.action = std::move(action);
  app.definition["version"] = now_text(versions_);
  tell("api_post_event", {{"uri", "/v2/apps/"}, {"appDefinition", app.definition}});
  tell("deployment_info", {{"plan", {{"id", app.deployment}}}});
}

void StubMarathon::put_app(std::string_view text) {
  const json::value parsed = json::parse(text);
  const std::string id{id_of(parsed.as_object())};
  App& app{apps_[id]};
  const bool is_new{app.definition.empty()};
  app.definition = parsed.as_object();
  app.definition["id"] = id;
  deploy(app, is_new ? "StartApplication" : "RestartApplication");
}

void StubMarathon::scale(const std::string& id, int instances) {
  App& app{apps_.at(id)};
  app.definition["instances"] = instances;
  app.running = std::min(app.running, instances);
  deploy(app, "ScaleApplication");
}

void StubMarathon::restart(const std::string& id) {
  deploy(apps_.at(id), "RestartApplication");
}

void StubMarathon::settle() {
  for (auto& [id, app] : apps_) {
    app.failed = 0;
    while (app.running < wanted(app) && running() < room) {
      ++app.running;
      tell("status_update_event", {{"appId", id}, {"taskStatus", "TASK_RUNNING"}});
    }
    if (app.running < wanted(app) || app.deployment.empty()) continue;
    tell("deployment_success", {{"id", std::exchange(app.deployment, {})}});
  }
}

void StubMarathon::fail_instance(const std::string& id) {
  App& app{apps_.at(id)};
  --app.running;
  ++app.failed;
  tell("status_update_event", {{"appId", id}, {"taskStatus", "TASK_FAILED"}});
}

// --- leaders and streams
// --------------------------------------------------------------------------

void StubMarathon::abdicate() {
  end_streams();
  leader_ = (leader_ + 1) % servers_.size();
}

void StubMarathon::elect(std::size_t instance) {
  leader_ = instance;
  has_leader_ = true;
}

void StubMarathon::end_streams() {
  for (const auto& stream : std::exchange(streams_, {})) stream->close();
}

std::size_t StubMarathon::streams() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(streams_, [](const auto& stream) { return stream->is_open(); }));
}

void StubMarathon::tell(std::string_view event, json::object data) {
  data["eventType"] = event;
  data["timestamp"] = now_text(versions_);
  for (const auto& stream : streams_) stream->push(event, json::serialize(data));
}

int StubMarathon::polls() const {
  return static_cast<int>(std::ranges::count_if(requests, [](const std::string& request) {
    return request.find("/v2/events") == std::string::npos;
  }));
}

// --- requests
// -------------------------------------------------------------------------------------

asio::awaitable<io::HttpReply> StubMarathon::handle(std::size_t instance, io::HttpRequest request) {
  requests.push_back(fmt::format("{} {} {}", instance, request.method, request.url.target));
  last_authorization = request.headers.find("Authorization").value_or("");
  io::HttpReply made{answer(instance, request)};
  co_return made;
}

/// As an instance does: what it does not lead it passes on, but for the stream.
io::HttpReply StubMarathon::answer(std::size_t instance, const io::HttpRequest& request) {
  const auto target = io::parse_target(request.url.target);
  if (!target) return message(400, "a bad target");
  if (broken_.at(instance)) return message(503, "out of order");
  if (target->path == "/acs/api/v1/auth/login") return log_in(request);
  if (target->path == "/ping") return reply(200, "pong", "text/plain");
  if (!may_ask(request)) return message(401, "Invalid username or password.");
  if (is_forbidden) return message(403, "Not Authorized to perform this action!");
  if (target->path == "/v2/leader" && !has_leader_) return message(404, "There is no leader");
  if (!has_leader_) return reply(502, "Could not determine the current leader", "text/html");
  const std::string leads{"http://" + host_port(leader_)};
  if (instance != leader_ && target->path.starts_with("/v2/events")) {
    io::HttpResponse redirect{reply(302, "")};
    redirect.headers.set("Location", leads + request.url.target);
    return redirect;
  }
  io::HttpReply made{route(request, target->path)};
  made.response.headers.set("X-Marathon-Leader", leads);
  if (instance != leader_) made.response.headers.set("X-Marathon-Via", host_port(instance));
  return made;
}

io::HttpReply StubMarathon::route(const io::HttpRequest& request, const std::string& path) {
  if (const auto found = instead.find(path); found != instead.end()) return found->second;
  if (path == "/v2/leader" && request.method == "DELETE") {
    abdicate();
    return message(200, "Leadership abdicated");
  }
  if (request.method != "GET") return message(405, "this stub is changed by its test");
  if (path == "/v2/events") return events(request);
  if (path == "/v2/apps") return reply(200, apps(request));
  if (path == "/v2/queue") return reply(200, queue());
  if (path == "/v2/tasks") return reply(200, tasks());
  if (path == "/v2/deployments") return reply(200, deployments());
  if (path == "/v2/leader") {
    return reply(200, json::serialize(json::object{{"leader", host_port(leader_)}}));
  }
  if (path == "/v2/info") {
    const json::object info{{"name", "marathon"},
                            {"version", "1.9.109"},
                            {"elected", true},
                            {"leader", host_port(leader_)},
                            {"frameworkId", "96d7da70-b731-4cfb-96a7-0ee877af615d-0000"}};
    return reply(200, json::serialize(info));
  }
  if (path.starts_with("/v2/apps/")) {
    const auto found = apps_.find(path.substr(std::string_view{"/v2/apps"}.size()));
    if (found != apps_.end()) {
      return reply(200, json::serialize(json::object{{"app", shown(found->second, true)}}));
    }
    return message(404, fmt::format("App '{}' does not exist", path.substr(8)));
  }
  return message(404, "no such resource");
}

io::HttpReply StubMarathon::events(const io::HttpRequest& request) {
  if (request.headers.find("Accept").value_or("").find("text/event-stream") ==
      std::string_view::npos) {
    return reply(405, "<html><h2>HTTP ERROR: 405</h2></html>", "text/html");
  }
  io::HttpResponse head{reply(200, events_instead, "text/event-stream")};
  if (!events_instead.empty()) return head;
  auto stream = std::make_shared<io::EventStream>(context_, 10'000);
  streams_.push_back(stream);
  // Every listener hears of each that attaches, itself included.
  tell("event_stream_attached", {{"remoteAddress", "127.0.0.1"}});
  return {std::move(head), std::move(stream)};
}

/// A service account signs who it is and until when that holds; hours ahead would be careless.
bool StubMarathon::is_account(const json::object& asked) const {
  if (asked.at("uid").as_string() != uid) return false;
  if (service_key.empty()) return asked.at("password").as_string() == uid_password;
  const auto claims = verified_claims(asked.at("token").as_string(), service_key);
  if (!claims || claims->at("uid").as_string() != uid) return false;
  const auto now_s =
      std::chrono::floor<std::chrono::seconds>(clock_.now().time_since_epoch()).count();
  const std::int64_t until_s{claims->at("exp").as_int64()};
  return until_s > now_s && until_s <= now_s + 3600;
}

io::HttpResponse StubMarathon::log_in(const io::HttpRequest& request) {
  boost::system::error_code error{};
  const json::value asked = json::parse(request.body, error);
  const bool is_right{request.method == "POST" && !error && asked.is_object() && !uid.empty() &&
                      is_account(asked.as_object())};
  if (!is_right) {
    return reply(401, R"({"title":"Unauthorized","description":"invalid username or password"})");
  }
  token_ = fmt::format("eyJhbGciOiJIUzI1NiJ9.{}", ++versions_);
  return reply(200, json::serialize(json::object{{"token", token_}}));
}

bool StubMarathon::may_ask(const io::HttpRequest& request) const {
  const std::string_view given{request.headers.find("Authorization").value_or("")};
  if (!uid.empty()) return !token_.empty() && given == "token=" + token_;
  if (basic_user.empty()) return true;
  return given == "Basic " + io::base64(basic_user + ":" + basic_password);
}

// --- what it shows
// --------------------------------------------------------------------------------

json::object StubMarathon::shown(const App& app, bool with_counts) const {
  json::object all{app.definition};
  if (!with_counts) return all;
  const json::value* const checks{app.definition.if_contains("healthChecks")};
  const bool is_checked{checks != nullptr && !checks->as_array().empty()};
  all["tasksStaged"] = 0;
  all["tasksRunning"] = app.running;
  all["tasksHealthy"] = is_checked ? app.running : 0;
  all["tasksUnhealthy"] = 0;
  json::array ids{};
  if (!app.deployment.empty()) ids.push_back(json::object{{"id", app.deployment}});
  all["deployments"] = std::move(ids);
  return all;
}

std::string StubMarathon::apps(const io::HttpRequest& request) const {
  const bool with_counts{request.url.target.find("embed=apps.counts") != std::string::npos};
  json::array all{};
  for (const auto& [id, app] : apps_) all.push_back(shown(app, with_counts));
  return json::serialize(json::object{{"apps", std::move(all)}});
}

/// What is to be launched: without delay it waits for offers of agents.
std::string StubMarathon::queue() const {
  json::array all{};
  for (const auto& [id, app] : apps_) {
    const int missing{wanted(app) - app.running};
    if (missing <= 0) continue;
    const bool is_delayed{app.failed > 0};
    all.push_back(json::object{
        {"app", shown(app, false)},
        {"count", missing},
        {"role", "*"},
        {"since", now_text(versions_)},
        {"delay", {{"timeLeftSeconds", is_delayed ? 30 : 0}, {"overdue", !is_delayed}}}});
  }
  return json::serialize(json::object{{"queue", std::move(all)}});
}

std::string StubMarathon::tasks() const {
  json::array all{};
  for (const auto& [id, app] : apps_) {
    for (int i{0}; i < app.running; ++i) {
      all.push_back(json::object{{"id", fmt::format("{}.instance-{}", id.substr(1), i)},
                                 {"appId", id},
                                 {"state", "TASK_RUNNING"},
                                 {"host", "agent"},
                                 {"ports", json::array{31000 + i}}});
    }
  }
  return json::serialize(json::object{{"tasks", std::move(all)}});
}

std::string StubMarathon::deployments() const {
  json::array all{};
  for (const auto& [id, app] : apps_) {
    if (app.deployment.empty()) continue;
    const json::object action{{"action", app.action}, {"app", id}};
    all.push_back(
        json::object{{"id", app.deployment},
                     {"version", now_text(versions_)},
                     {"affectedApps", json::array{id}},
                     {"affectedPods", json::array{}},
                     {"steps", json::array{json::object{{"actions", json::array{action}}}}},
                     {"currentActions", json::array{action}},
                     {"currentStep", 1},
                     {"totalSteps", 1}});
  }
  return json::serialize(all);
}

}  // namespace spillway::testing
