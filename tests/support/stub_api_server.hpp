// A small Kubernetes API server of our own for tests, on a loopback socket: keeps objects, lists
// them in pages, streams watches, answers discovery, and misbehaves on request. It validates
// little; what a real server refuses is tested against a real one (tests/integration).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::testing {

class StubApiServer {
 public:
  /// Listens on a free port of 127.0.0.1. `context` must outlive it.
  explicit StubApiServer(boost::asio::io_context& context);
  ~StubApiServer();

  std::string url() const;

  /// Makes or replaces an object; `collection` is `pods`, `deployments.apps`, ... Its metadata gets
  /// a uid and a resource version, and watches hear of it.
  void put(const std::string& collection, boost::json::object object);
  void put(const std::string& collection, std::string_view json);
  void erase(const std::string& collection, const std::string& key);  ///< NAMESPACE/NAME or NAME
  /// Null if there is none.
  const boost::json::object* find(const std::string& collection, const std::string& key) const;
  std::size_t count(const std::string& collection) const;

  /// Versions per API group; a group without any answers 404.
  std::map<std::string, std::vector<std::string>> versions{};
  /// If set, every other bearer token gets 401.
  std::string token{};
  /// Collections that answer 403.
  std::set<std::string> forbidden{};
  /// PATCHes of `status` get 500.
  bool is_status_refused{false};
  /// At most this many items in a page, whatever `limit` says.
  std::size_t page_max{500};
  /// Between two pages of a list the first becomes too old, this often: 410.
  int expired_pages{0};

  struct Refusal {
    int status{500};
    std::string body{};
    std::string header{};  ///< a whole line with its end: `Retry-After: 7\r\n`
  };
  /// Answers to the next requests, in order, instead of the true ones.
  std::deque<Refusal> weather{};

  /// Forgets its history: a watch from any earlier version gets 410 as its first event.
  void compact();
  /// Closes every watch in the middle, without an end.
  void break_watches();
  /// Ends every watch in good order, as after `timeoutSeconds`.
  void end_watches();
  /// Sends these bytes to every watch of `collection` as they are.
  void send_raw(const std::string& collection, const std::string& bytes);
  /// Tells every watch where it stands.
  void send_bookmarks();
  std::size_t watches() const;

  /// `GET /api/v1/pods?limit=500`, in their order.
  std::vector<std::string>& requests();
  /// Requests whose line contains `part`.
  int requests_with(std::string_view part);

 private:
  friend struct StubApiConnection;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace spillway::testing
