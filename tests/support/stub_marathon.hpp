// A DC/OS Marathon of our own for tests, on loopback sockets, after the public description of its
// REST API (RAML: apps, queue, tasks, deployments, info, leader, events): several equal instances
// of which one leads, agents with room for so many instances, deployments that take a while, users
// and tokens. It shares no code with the adapter, and misbehaves on request.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/http_server.hpp"

namespace spillway::testing {

class StubMarathon {
 public:
  /// Listens on free ports of 127.0.0.1; the first instance leads. `context` and `clock` must
  /// outlive it.
  StubMarathon(boost::asio::io_context& context, io::Clock& clock, int instances = 1);

  std::string url(std::size_t instance = 0) const;
  std::size_t leader() const { return leader_; }

  /// `app` as an AppDefinition; it is deployed, and `settle` starts its instances.
  void put_app(std::string_view app);
  void scale(const std::string& id, int instances);
  /// Another image, say: its instances are replaced by a deployment, until `settle`.
  void restart(const std::string& id);
  /// Instances that wait start where the agents have room, and deployments end.
  void settle();
  /// An instance ends by itself and is launched again after a delay, so nothing waits for offers.
  void fail_instance(const std::string& id);

  int room{1000};  ///< instances that the agents can take in all

  // Who may ask; everybody if both are empty.
  std::string basic_user{};  ///< with `basic_password`
  std::string basic_password{};
  std::string uid{};  ///< a user of DC/OS, whose login gives a token; the one before is void then
  std::string uid_password{};
  std::string service_key{};  ///< a service account instead: its public key, PEM
  bool is_forbidden{false};   ///< who may ask may not see

  /// Answers of these paths instead of the true ones, as they are.
  std::map<std::string, io::HttpResponse> instead{};
  /// The stream tells exactly this to whoever attaches, and nothing else.
  std::string events_instead{};

  /// The leader resigns: its streams end, and the next instance leads at once.
  void abdicate();
  /// Nobody leads until somebody is `elect`ed.
  void lose_leader() { has_leader_ = false; }
  void elect(std::size_t instance);
  /// Voids the token of the last login.
  void void_token() { token_.clear(); }
  void end_streams();
  /// Instance `instance` answers nothing but 503 from now on.
  void break_instance(std::size_t instance) { broken_.at(instance) = true; }

  std::size_t streams() const;
  /// `0 GET /v2/apps?embed=apps.counts`: the instance and the request, in their order.
  std::vector<std::string> requests{};
  /// Requests but for those of the event stream.
  int polls() const;
  /// The header of the last request.
  std::string last_authorization{};

 private:
  struct App {
    boost::json::object definition{};
    int running{0};
    int failed{0};  ///< of those that do not run: to be launched again after a delay
    std::string deployment{};
    std::string action{};
  };

  boost::asio::awaitable<io::HttpReply> handle(std::size_t instance, io::HttpRequest request);
  io::HttpReply answer(std::size_t instance, const io::HttpRequest& request);
  io::HttpReply route(const io::HttpRequest& request, const std::string& path);
  io::HttpReply events(const io::HttpRequest& request);
  io::HttpResponse log_in(const io::HttpRequest& request);
  bool is_account(const boost::json::object& asked) const;
  bool may_ask(const io::HttpRequest& request) const;
  std::string apps(const io::HttpRequest& request) const;
  std::string queue() const;
  std::string tasks() const;
  std::string deployments() const;
  boost::json::object shown(const App& app, bool with_counts) const;
  int wanted(const App& app) const;
  int running() const;
  void deploy(App& app, std::string action);
  void tell(std::string_view event, boost::json::object data);
  std::string host_port(std::size_t instance) const;

  boost::asio::io_context& context_;
  io::Clock& clock_;
  std::vector<std::unique_ptr<io::HttpServer>> servers_{};
  std::vector<bool> broken_{};
  std::size_t leader_{0};
  bool has_leader_{true};
  std::map<std::string, App> apps_{};
  std::vector<std::shared_ptr<io::EventStream>> streams_{};
  std::string token_{};
  int versions_{0};
};

}  // namespace spillway::testing
