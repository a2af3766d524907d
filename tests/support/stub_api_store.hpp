// What the stub API server keeps: objects under versions, what happened to them, and the answers to
// whoever reads or writes one. No socket here.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controller/io/http.hpp"
#include "controller/io/url.hpp"
#include "tests/support/stub_api_words.hpp"

namespace spillway::testing::stub_api {

struct Event {
  std::uint64_t version{0};
  std::string type{};
  std::string collection{};
  boost::json::object object{};
};

class Store {
 public:
  /// Called with everything that happens.
  std::function<void(const Event&)> on_event{};

  /// Stores it under a new version. Returns what is stored.
  const boost::json::object& store(const std::string& collection, boost::json::object object);
  void remove(const std::string& collection, const std::string& key);
  /// Null if there is none.
  const boost::json::object* find(const std::string& collection, const std::string& key) const;
  std::size_t count(const std::string& collection) const;

  std::uint64_t version() const { return version_; }
  /// Of watches: from before this nothing is known any more.
  std::uint64_t oldest() const { return oldest_; }
  const std::vector<Event>& events() const { return events_; }
  void compact();

  // Whole answers, heads and all.
  std::string read(const ApiPath& path) const;
  std::string list(const ApiPath& path, const io::QueryParams& query, std::size_t page_max);
  std::string write(const ApiPath& path, const io::HttpRequest& request);

 private:
  void tell(const std::string& type, const std::string& collection,
            const boost::json::object& object);

  std::map<std::string, std::map<std::string, boost::json::object>> objects_{};
  std::vector<Event> events_{};
  std::uint64_t version_{100};
  std::uint64_t oldest_{0};
};

}  // namespace spillway::testing::stub_api
