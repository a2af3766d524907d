#include "tests/support/stub_api_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <list>
#include <optional>
#include <utility>

#include "controller/io/http_wire.hpp"
#include "controller/io/url.hpp"
#include "tests/support/stub_api_store.hpp"
#include "tests/support/stub_api_words.hpp"

namespace spillway::testing {

namespace asio = boost::asio;
namespace json = boost::json;
using tcp = asio::ip::tcp;
using namespace stub_api;

struct StubApiServer::State : std::enable_shared_from_this<StubApiServer::State> {
  struct Watch {
    std::string collection{};
    std::string name_space{};
    std::string selector{};
    std::string fields{};
    std::shared_ptr<tcp::socket> socket{};
    std::deque<std::string> outgoing{};
    asio::steady_timer news;
    bool ends{false};
  };

  State(asio::io_context& on, StubApiServer& server) : context{on}, owner{&server}, acceptor{on} {
    const tcp::endpoint loopback{asio::ip::address_v4::loopback(), 0};
    acceptor.open(loopback.protocol());
    acceptor.bind(loopback);
    acceptor.listen();
    content.on_event = [this](const Event& event) {
      for (const auto& watch : watches) offer(*watch, event);
    };
  }

  asio::io_context& context;
  StubApiServer* owner;  // null once it is gone
  tcp::acceptor acceptor;
  Store content{};
  std::list<std::shared_ptr<Watch>> watches{};
  std::list<std::shared_ptr<tcp::socket>> sockets{};
  std::vector<std::string> requests{};

  static std::string chunked(const std::string& bytes) { return io::chunk(bytes); }

  void offer(Watch& watch, const Event& event) {
    json::object copy{event.object};
    const std::string name_space{text_in(metadata_of(copy), "namespace")};
    const bool is_its{watch.collection == event.collection &&
                      (watch.name_space.empty() || watch.name_space == name_space) &&
                      has_labels(copy, watch.selector)};
    if (!is_its) return;
    // What does not match any more is gone, for this watch.
    const bool is_selected{has_node(copy, watch.fields)};
    json::object line{};
    line["type"] = is_selected ? event.type : "DELETED";
    line["object"] = std::move(copy);
    send(watch, chunked(json::serialize(line) + "\n"));
  }

  static void send(Watch& watch, std::string bytes) {
    watch.outgoing.push_back(std::move(bytes));
    watch.news.cancel();
  }

  // --- answers ----------------------------------------------------------------------------------

  std::string discovery(const std::string& group) {
    const auto found = owner->versions.find(group);
    if (found == owner->versions.end()) {
      return response(404, status_body(404, "NotFound", "no such group"));
    }
    json::array all{};
    for (const std::string& each : found->second) {
      all.push_back(json::object{{"groupVersion", group + "/" + each}, {"version", each}});
    }
    json::object body{{"kind", "APIGroup"}, {"name", group}};
    body["preferredVersion"] = all.front();
    body["versions"] = std::move(all);
    return response(200, json::serialize(body));
  }

  std::string review(const std::string& text) {
    boost::system::error_code failure{};
    json::value parsed = json::parse(text, failure);
    if (failure || !parsed.is_object()) {
      return response(400, status_body(400, "BadRequest", "not JSON"));
    }
    json::object body{std::move(parsed.get_object())};
    const json::object& asked{body["spec"].as_object()["resourceAttributes"].as_object()};
    const std::string group{text_in(asked, "group")};
    const std::string collection{text_in(asked, "resource") + (group.empty() ? "" : "." + group)};
    body["status"] = json::object{{"allowed", !owner->forbidden.contains(collection)}};
    return response(201, json::serialize(body));
  }

  std::string answer(const ApiPath& path, const io::HttpRequest& request,
                     const io::QueryParams& query) {
    if (owner->forbidden.contains(path.collection)) {
      return response(403,
                      status_body(403, "Forbidden",
                                  path.collection + " is forbidden: User \"spillway\" cannot"));
    }
    const bool is_status{request.url.target.ends_with("/status")};
    if (owner->is_status_refused && is_status && request.method == "PATCH") {
      return response(500, status_body(500, "InternalError", "a webhook is down"));
    }
    const bool is_review{path.collection == "selfsubjectaccessreviews.authorization.k8s.io"};
    if (is_review && request.method != "GET") return review(request.body);
    if (request.method != "GET") return content.write(path, request);
    if (!path.name.empty()) return content.read(path);
    const bool goes_on{std::ranges::any_of(
        query, [](const auto& each) { return each.first == "continue" && !each.second.empty(); })};
    if (goes_on && owner->expired_pages > 0) {
      --owner->expired_pages;
      return response(410, status_body(410, "Expired", "The provided continue parameter is old"));
    }
    return content.list(path, query, owner->page_max);
  }

  // --- connections ------------------------------------------------------------------------------

  static asio::awaitable<void> accept(std::shared_ptr<State> self) {
    for (;;) {
      boost::system::error_code failure{};
      auto socket = std::make_shared<tcp::socket>(
          co_await self->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failure)));
      if (failure) co_return;
      self->sockets.push_back(socket);
      asio::co_spawn(self->context, serve(self, socket), asio::detached);
    }
  }

  static asio::awaitable<bool> write_all(std::shared_ptr<tcp::socket> socket, std::string bytes) {
    boost::system::error_code failure{};
    co_await asio::async_write(*socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, failure));
    co_return !failure;
  }

  static asio::awaitable<void> serve(std::shared_ptr<State> self,
                                     std::shared_ptr<tcp::socket> socket) {
    io::WireLimits limits{};
    io::RequestReader reader{limits};
    std::array<char, 16 * 1024> buffer{};
    for (;;) {
      while (!reader.is_complete()) {
        boost::system::error_code failure{};
        const std::size_t size{co_await socket->async_read_some(
            asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, failure))};
        if (failure || !reader.feed({buffer.data(), size})) co_return;
      }
      const io::HttpRequest request{reader.take()};
      if (self->owner == nullptr) co_return;
      self->requests.push_back(request.method + " " + request.url.target);
      const auto target = io::parse_target(request.url.target);
      const auto path = target ? parse_path(target->path) : std::nullopt;
      std::string bytes{};
      const std::string wanted{"Bearer " + self->owner->token};
      const bool is_refused{!self->owner->token.empty() &&
                            request.headers.find("Authorization").value_or("") != wanted};
      const bool is_watch{request.url.target.find("watch=1") != std::string::npos};
      if (!self->owner->weather.empty()) {
        const Refusal refusal{self->owner->weather.front()};
        self->owner->weather.pop_front();
        bytes = response(refusal.status, refusal.body, refusal.header);
      } else if (is_refused) {
        bytes = response(401, status_body(401, "Unauthorized", "Unauthorized"));
      } else if (target && split(target->path).size() == 2 && target->path.starts_with("/apis/")) {
        bytes = self->discovery(target->path.substr(6));
      } else if (!path) {
        bytes = response(404, "404 page not found\n");
      } else if (is_watch && !self->owner->forbidden.contains(path->collection)) {
        co_await stream(self, socket, *path, target->query);
        co_return;
      } else {
        bytes = self->answer(*path, request, target->query);
      }
      const bool is_written{co_await write_all(socket, std::move(bytes))};
      if (!is_written) co_return;
    }
  }

  static asio::awaitable<void> stream(std::shared_ptr<State> self,
                                      std::shared_ptr<tcp::socket> socket, ApiPath path,
                                      io::QueryParams query) {
    auto watch = std::make_shared<Watch>(Watch{.collection = path.collection,
                                               .name_space = path.name_space,
                                               .socket = socket,
                                               .news = asio::steady_timer{self->context}});
    watch->news.expires_at(asio::steady_timer::time_point::max());
    std::uint64_t since{0};
    for (const auto& [key, value] : query) {
      if (key == "labelSelector") watch->selector = value;
      if (key == "fieldSelector") watch->fields = value;
      if (key == "resourceVersion") since = std::stoull(value);
    }
    send(*watch,
         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (since < self->content.oldest()) {
      const std::string status{status_body(410, "Expired", "too old resource version")};
      send(*watch, chunked("{\"type\":\"ERROR\",\"object\":" + status + "}\n"));
      watch->ends = true;
    }
    for (const Event& event : self->content.events()) {
      if (event.version > since) self->offer(*watch, event);
    }
    self->watches.push_back(watch);
    bool is_written{true};
    while (is_written) {
      while (!watch->outgoing.empty() && is_written) {
        std::string bytes{std::move(watch->outgoing.front())};
        watch->outgoing.pop_front();
        is_written = co_await write_all(socket, std::move(bytes));
      }
      if (watch->ends || !socket->is_open()) break;
      boost::system::error_code woken{};
      co_await watch->news.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    if (watch->ends && is_written) co_await write_all(socket, "0\r\n\r\n");
    self->watches.remove(watch);
    boost::system::error_code ignored{};
    socket->close(ignored);
  }
};

StubApiServer::StubApiServer(asio::io_context& context)
    : versions{{"autoscaling", {"v1", "v2beta2"}},
               {"policy", {"v1beta1"}},
               {"discovery.k8s.io", {"v1beta1"}}},
      state_{std::make_shared<State>(context, *this)} {
  asio::co_spawn(context, State::accept(state_), asio::detached);
}

StubApiServer::~StubApiServer() {
  state_->owner = nullptr;
  boost::system::error_code ignored{};
  state_->acceptor.close(ignored);
  for (const auto& watch : state_->watches) watch->news.cancel();
  for (const auto& socket : state_->sockets) socket->close(ignored);
}

std::string StubApiServer::url() const {
  return fmt::format("http://127.0.0.1:{}", state_->acceptor.local_endpoint().port());
}

void StubApiServer::put(const std::string& collection, json::object object) {
  state_->content.store(collection, std::move(object));
}

void StubApiServer::put(const std::string& collection, std::string_view text) {
  put(collection, json::parse(text).as_object());
}

void StubApiServer::erase(const std::string& collection, const std::string& key) {
  state_->content.remove(collection, key);
}

const json::object* StubApiServer::find(const std::string& collection,
                                        const std::string& key) const {
  return state_->content.find(collection, key);
}

std::size_t StubApiServer::count(const std::string& collection) const {
  return state_->content.count(collection);
}

void StubApiServer::compact() {
  state_->content.compact();
}

void StubApiServer::break_watches() {
  for (const auto& watch : state_->watches) {
    boost::system::error_code ignored{};
    watch->socket->set_option(asio::socket_base::linger{true, 0}, ignored);
    watch->socket->close(ignored);
    watch->news.cancel();
  }
}

void StubApiServer::end_watches() {
  for (const auto& watch : state_->watches) {
    watch->ends = true;
    watch->news.cancel();
  }
}

void StubApiServer::send_raw(const std::string& collection, const std::string& bytes) {
  for (const auto& watch : state_->watches) {
    if (watch->collection == collection) State::send(*watch, State::chunked(bytes));
  }
}

void StubApiServer::send_bookmarks() {
  for (const auto& watch : state_->watches) {
    State::send(*watch,
                State::chunked(fmt::format("{{\"type\":\"BOOKMARK\",\"object\":{{\"metadata\":{{"
                                           "\"resourceVersion\":\"{}\"}}}}}}\n",
                                           state_->content.version())));
  }
}

std::size_t StubApiServer::watches() const {
  return state_->watches.size();
}

std::vector<std::string>& StubApiServer::requests() {
  return state_->requests;
}

int StubApiServer::requests_with(std::string_view part) {
  return static_cast<int>(
      std::count_if(state_->requests.begin(), state_->requests.end(),
                    [&](const std::string& line) { return line.find(part) != std::string::npos; }));
}

}  // namespace spillway::testing
