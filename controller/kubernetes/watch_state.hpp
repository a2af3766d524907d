// List and watch of one kind of objects as a state machine without IO: says what to ask next, takes
// what comes, and keeps a store of objects equal to the server's. A list that breaks off changes
// nothing: the store keeps the last whole picture until the next one is complete.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/objects.hpp"

namespace spillway::kubernetes {

/// Where a watch puts what it hears. Keys are `Metadata::key()`.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// A new list begins: what follows is collected beside the present content.
  virtual void begin() = 0;
  /// One object of that list. Error: `malformed`.
  virtual Result<void> collect(const boost::json::object& object) = 0;
  /// The list is complete: it becomes the content.
  virtual void commit() = 0;
  /// Added or changed. Error: `malformed`.
  virtual Result<void> put(const boost::json::object& object) = 0;
  virtual void erase(const std::string& key) = 0;
};

/// Objects parsed by a function, by key.
template <class T>
class TypedStore final : public ObjectStore {
 public:
  using Parse = std::function<Result<T>(const boost::json::object&)>;

  /// Called with an object that the server says was deleted, before it goes; not with one that is
  /// missing in a new list, about which nothing was said.
  using OnErase = std::function<void(const T&)>;

  explicit TypedStore(Parse parse, OnErase on_erase = {})
      : parse_{std::move(parse)}, on_erase_{std::move(on_erase)} {}

  const std::map<std::string, T>& all() const { return content_; }
  /// Null if there is none.
  const T* find(const std::string& key) const {
    const auto found = content_.find(key);
    return found == content_.end() ? nullptr : &found->second;
  }
  /// Grows with each change, for those who derive something from the content.
  std::uint64_t revision() const { return revision_; }

  void begin() override { next_.clear(); }
  Result<void> collect(const boost::json::object& object) override {
    return parse_into(next_, object);
  }
  void commit() override {
    content_ = std::exchange(next_, {});
    ++revision_;
  }
  Result<void> put(const boost::json::object& object) override {
    ++revision_;
    return parse_into(content_, object);
  }
  void erase(const std::string& key) override {
    const auto found = content_.find(key);
    if (found != content_.end()) {
      if (on_erase_) on_erase_(found->second);
      content_.erase(found);
    }
    ++revision_;
  }

 private:
  Result<void> parse_into(std::map<std::string, T>& into, const boost::json::object& object) {
    Result<T> parsed = parse_(object);
    if (!parsed) return parsed.error();
    std::string key{parsed->metadata.key()};
    into.insert_or_assign(std::move(key), std::move(*parsed));
    return {};
  }

  Parse parse_;
  OnErase on_erase_;
  std::map<std::string, T> content_{};
  std::map<std::string, T> next_{};
  std::uint64_t revision_{0};
};

class WatchState {
 public:
  enum class Step { list, watch };

  /// `path` is a collection's; `selectors` are further query parameters (labelSelector,
  /// fieldSelector). `store` must outlive this.
  WatchState(std::string path, io::QueryParams selectors, ObjectStore& store);

  /// What to ask next, and its target.
  Step next() const { return is_listed_ ? Step::watch : Step::list; }
  std::string target() const;

  /// True once a whole list has come in, ever.
  bool is_synced() const { return is_synced_; }

  /// The answer to a list. Errors: `malformed`; the list begins anew then.
  Result<void> take_page(std::string_view body);

  /// One line of the watch. Errors: `malformed`, `unavailable` (the server's error event); after an
  /// error or an expired version the next step is a list where the place in the stream is lost.
  Result<void> take_event(std::string_view line);

  /// The server answered with this status instead of a list or a watch: 410 means list anew.
  void take_refusal(int status);

  /// For tests and logs: the version the watch goes on from.
  const std::string& resource_version() const { return resource_version_; }

 private:
  void list_anew();

  std::string path_;
  io::QueryParams selectors_;
  ObjectStore& store_;
  std::string resource_version_{};
  std::string next_page_{};
  bool is_listed_{false};
  bool is_synced_{false};
};

/// Objects in one page of a list: a page stays well below a second and a few megabytes.
inline constexpr int list_page_size{500};
/// The server ends a watch after this, so that one whose connection died silently is noticed.
inline constexpr std::chrono::seconds watch_length{60};

}  // namespace spillway::kubernetes
