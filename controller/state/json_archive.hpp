// Two archives with one shape: `describe(archive, value)` names the fields of a struct once, and
// serves writing and strict reading alike, so that the two cannot drift apart. Instants and
// durations are milliseconds, money is nano-dollars, enums are their words.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/group.hpp"
#include "controller/core/history.hpp"
#include "controller/core/reading.hpp"
#include "controller/core/units.hpp"
#include "controller/state/exact_json.hpp"

namespace spillway::state {

/// Instants beyond the year 9999 have no date to print.
inline constexpr std::int64_t largest_instant{253'402'300'799'999};

class JsonWriter {
 public:
  template <class T>
  using Ref = const T&;

  explicit JsonWriter(std::string& out) : out_{out} {}

  template <class T>
  void field(std::string_view key, const T& value) {
    name(key);
    put(value);
  }

  /// Left out when empty.
  template <class T>
  void optional(std::string_view key, const std::optional<T>& value) {
    if (value) field(key, *value);
  }

  /// Left out when it is as usual.
  void flag(std::string_view key, bool value, bool usual) {
    if (value != usual) field(key, value);
  }

  /// Left out when empty.
  template <class T>
  void list(std::string_view key, const std::vector<T>& items) {
    if (!items.empty()) field(key, items);
  }
  void list(std::string_view key, const KeptMemory& memory) { list(key, memory.numbers()); }

  template <class T>
  void map(std::string_view key, const std::map<std::string, T, std::less<>>& items) {
    open(key);
    for (const auto& [item_key, item] : items) field(item_key, item);
    close();
  }

  /// Times and counts in one flat list: each time but the first as the difference to the one
  /// before, which is short and exact. Left out when empty.
  void counts(std::string_view key, const std::vector<CountAt>& items);
  void readings(std::string_view key, const Readings& readings);

  void put(bool flag) { out_ += flag ? "true" : "false"; }
  void put(std::int64_t number) { append_json_number(out_, number); }
  void put(int number) { append_json_number(out_, std::int64_t{number}); }
  void put(double number) { append_json_number(out_, number); }
  void put(const KeptMemory& memory) { put(memory.numbers()); }
  void put(const std::string& text) { append_json_text(out_, text); }
  void put(TimePoint instant) { put(std::int64_t{instant.time_since_epoch().count()}); }
  void put(Duration duration) { put(std::int64_t{duration.count()}); }
  void put(Money money) { put(money.nanos); }
  void put(HourlyPrice price) { put(price.per_hour); }
  void put(Replicas replicas) { put(replicas.count); }
  void put(const GroupId& id) { put(id.name); }
  void put(Because because) { append_json_text(out_, to_string(because)); }
  void put(GroupPhase phase) { append_json_text(out_, to_string(phase)); }
  void put(Priority priority) { append_json_text(out_, to_string(priority)); }

  template <class T>
  void put(const std::vector<T>& items) {
    out_.push_back('[');
    for (const T& item : items) {
      separate();
      put(item);
    }
    out_.push_back(']');
  }

  template <class T>
  requires std::is_aggregate_v<T>
  void put(const T& value) {
    out_.push_back('{');
    describe(*this, value);
    out_.push_back('}');
  }

 private:
  void separate();
  void name(std::string_view key);
  void open(std::string_view key);
  void close() { out_.push_back('}'); }

  std::string& out_;
};

/// Reads what JsonWriter wrote. The first error ends it: later calls change nothing.
class JsonReader {
 public:
  template <class T>
  using Ref = T&;

  /// Fields that `describe` does not name are errors unless `is_newer`: then they are expected.
  JsonReader(const JsonNode& node, bool is_newer) : node_{&node}, is_newer_{is_newer} {}

  const std::optional<std::string>& error() const { return error_; }
  const std::string& path() const { return path_; }  ///< of the error: `.decision.trail[3].who`

  template <class T>
  void field(std::string_view key, T& value) {
    if (const JsonNode* const found{required(key)}) within(key, *found, [&] { get(value); });
  }

  template <class T>
  void optional(std::string_view key, std::optional<T>& value) {
    if (const JsonNode* const found{find(key)}) {
      within(key, *found, [&] { get(value.emplace()); });
    }
  }

  void flag(std::string_view key, bool& value, bool usual) {
    value = usual;
    if (const JsonNode* const found{find(key)}) within(key, *found, [&] { get(value); });
  }

  template <class T>
  void list(std::string_view key, std::vector<T>& items) {
    if (const JsonNode* const found{find(key)}) within(key, *found, [&] { get(items); });
  }
  void list(std::string_view key, KeptMemory& memory) {
    Memory numbers{};
    list(key, numbers);
    memory = std::move(numbers);
  }

  template <class T>
  void map(std::string_view key, std::map<std::string, T, std::less<>>& items) {
    const JsonNode* const found{required(key)};
    if (found == nullptr) return;
    within(key, *found, [&] {
      if (!is(JsonNode::Kind::object, "an object")) return;
      for (std::size_t i{0}; i < found->keys.size(); ++i) {
        const auto added{items.try_emplace(found->keys[i])};
        if (!added.second) return fail(fmt::format("the key \"{}\" twice", found->keys[i]));
        T& item{added.first->second};
        within(found->keys[i], found->items[i], [&] { get(item); });
      }
    });
  }

  void counts(std::string_view key, std::vector<CountAt>& items);
  void readings(std::string_view key, Readings& readings);

  void get(bool& flag);
  void get(std::int64_t& number);
  void get(int& number);
  void get(double& number);
  void get(KeptMemory& memory) {
    Memory numbers{};
    get(numbers);
    memory = std::move(numbers);
  }
  void get(std::string& text);
  void get(TimePoint& instant);
  void get(Duration& duration);
  void get(Money& money) { get(money.nanos); }
  void get(HourlyPrice& price) { get(price.per_hour); }
  void get(Replicas& replicas) { get(replicas.count); }
  void get(GroupId& id) { get(id.name); }
  void get(Because& because);
  void get(GroupPhase& phase);
  void get(Priority& priority);

  template <class T>
  void get(std::vector<T>& items) {
    if (!is(JsonNode::Kind::list, "a list")) return;
    const JsonNode& list{*node_};
    items.reserve(list.items.size());
    for (std::size_t i{0}; i < list.items.size(); ++i) {
      within(i, list.items[i], [&] { get(items.emplace_back()); });
    }
  }

  template <class T>
  requires std::is_aggregate_v<T>
  void get(T& value) {
    object([&] { describe(*this, value); });
  }

 private:
  /// Runs `read` on the fields of the current object, and complains about those it did not ask for.
  void object(auto&& read) {
    if (!is(JsonNode::Kind::object, "an object")) return;
    auto outer{std::exchange(asked_, std::vector<bool>(node_->keys.size(), false))};
    next_ = 0;
    read();
    check_all_asked();
    asked_ = std::move(outer);
  }

  /// Runs `read` with `child` as the current value; errors meanwhile carry its path.
  void within(const auto& step, const JsonNode& child, auto&& read) {
    if (error_) return;
    const JsonNode* const outer{std::exchange(node_, &child)};
    const std::size_t outer_next{next_};
    read();
    node_ = outer;
    next_ = outer_next;
    if (error_) prepend(step);
  }

  const JsonNode* find(std::string_view key);
  const JsonNode* required(std::string_view key);
  bool is(JsonNode::Kind kind, std::string_view expected);
  void check_all_asked();
  void get_reading(Reading& reading);
  void fail(std::string_view complaint);
  void prepend(std::string_view step);
  void prepend(std::size_t index);

  const JsonNode* node_;
  bool is_newer_;
  std::vector<bool> asked_{};
  std::size_t next_{0};  ///< where the next field probably is: documents keep our order
  std::optional<std::string> error_{};
  std::string path_{};
};

}  // namespace spillway::state
