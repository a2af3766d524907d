#include "controller/state/json_archive.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace spillway::state {
namespace {

constexpr std::array qualities{Quality::fresh, Quality::stale, Quality::missing};

/// What a node is, for an error: long texts are cut.
std::string words_for(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return node.flag ? "true" : "false";
    case JsonNode::Kind::number:
      return node.text.substr(0, 40);
    case JsonNode::Kind::text:
      return fmt::format("\"{}\"", node.text.substr(0, 40));
    case JsonNode::Kind::list:
      return "a list";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "";
}

}  // namespace

void JsonWriter::separate() {
  const char last{out_.empty() ? '{' : out_.back()};
  if (last != '{' && last != '[') out_.push_back(',');
}

void JsonWriter::name(std::string_view key) {
  separate();
  append_json_text(out_, key);
  out_.push_back(':');
}

void JsonWriter::open(std::string_view key) {
  name(key);
  out_.push_back('{');
}

void JsonWriter::counts(std::string_view key, const std::vector<CountAt>& items) {
  if (items.empty()) return;
  std::vector<std::int64_t> flat{};
  flat.reserve(items.size() * 2);
  TimePoint before{};
  for (const CountAt& item : items) {
    flat.push_back((item.at - before).count());
    flat.push_back(item.count.count);
    before = item.at;
  }
  field(key, flat);
}

void JsonWriter::readings(std::string_view key, const Readings& readings) {
  open(key);
  for (const auto& [signal, reading] : readings) {
    open(signal);
    field("quality", std::string{to_string(reading.quality())});
    if (const auto value{reading.last_value()}) {
      field("value", *value);
      field("sampled_at", reading.sampled_at());
    }
    if (!reading.why().empty()) field("why", reading.why());
    close();
  }
  close();
}

const JsonNode* JsonReader::find(std::string_view key) {
  if (error_) return nullptr;
  const std::size_t size{node_->keys.size()};
  for (std::size_t tried{0}; tried < size; ++tried) {
    const std::size_t i{(next_ + tried) % size};
    if (node_->keys[i] != key) continue;
    if (asked_[i]) return nullptr;
    asked_[i] = true;
    next_ = i + 1;
    return &node_->items[i];
  }
  return nullptr;
}

const JsonNode* JsonReader::required(std::string_view key) {
  const JsonNode* const found{find(key)};
  if (found == nullptr) fail(fmt::format("the field \"{}\" is missing", key));
  return found;
}

void JsonReader::check_all_asked() {
  if (error_) return;
  for (std::size_t i{0}; i < asked_.size(); ++i) {
    if (asked_[i]) continue;
    const std::string& key{node_->keys[i]};
    const bool is_twice{std::ranges::find(node_->keys, key) - node_->keys.begin() <
                        static_cast<std::ptrdiff_t>(i)};
    if (is_twice) return fail(fmt::format("the key \"{}\" twice", key));
    if (!is_newer_) return fail(fmt::format("the unknown field \"{}\"", key));
  }
}

bool JsonReader::is(JsonNode::Kind kind, std::string_view expected) {
  if (error_) return false;
  if (node_->kind == kind) return true;
  fail(fmt::format("expected {}, found {}", expected, words_for(*node_)));
  return false;
}

void JsonReader::fail(std::string_view complaint) {
  if (!error_) error_ = complaint;
}

void JsonReader::prepend(std::string_view step) {
  path_ = fmt::format(".{}{}", step, path_);
}

void JsonReader::prepend(std::size_t index) {
  path_ = fmt::format("[{}]{}", index, path_);
}

void JsonReader::get(bool& flag) {
  if (is(JsonNode::Kind::boolean, "true or false")) flag = node_->flag;
}

void JsonReader::get(std::int64_t& number) {
  if (error_) return;
  if (const auto value{node_->integer()}) {
    number = *value;
  } else {
    fail(fmt::format("expected an integer of 64 bits, found {}", words_for(*node_)));
  }
}

void JsonReader::get(int& number) {
  std::int64_t wide{};
  get(wide);
  if (!std::in_range<int>(wide)) return fail(fmt::format("{} is out of range", wide));
  number = static_cast<int>(wide);
}

void JsonReader::get(double& number) {
  if (error_) return;
  if (const auto value{node_->real()}) {
    number = *value;
  } else if (node_->kind == JsonNode::Kind::text && node_->text == "nan") {
    number = std::numeric_limits<double>::quiet_NaN();
  } else if (node_->kind == JsonNode::Kind::text && node_->text == "inf") {
    number = std::numeric_limits<double>::infinity();
  } else if (node_->kind == JsonNode::Kind::text && node_->text == "-inf") {
    number = -std::numeric_limits<double>::infinity();
  } else {
    fail(fmt::format("expected a number, found {}", words_for(*node_)));
  }
}

void JsonReader::get(std::string& text) {
  if (is(JsonNode::Kind::text, "a text")) text = node_->text;
}

void JsonReader::get(Duration& duration) {
  std::int64_t milliseconds{};
  get(milliseconds);
  if (milliseconds < -largest_instant || milliseconds > largest_instant) {
    return fail(fmt::format("{} ms is out of range", milliseconds));
  }
  duration = Duration{milliseconds};
}

void JsonReader::get(TimePoint& instant) {
  Duration since_epoch{};
  get(since_epoch);
  instant = TimePoint{since_epoch};
}

void JsonReader::get(Because& because) {
  if (!is(JsonNode::Kind::text, "a reason")) return;
  const auto found{because_named(node_->text)};
  if (!found) return fail(fmt::format("{} is no reason", words_for(*node_)));
  because = *found;
}

void JsonReader::get(GroupPhase& phase) {
  if (!is(JsonNode::Kind::text, "a phase")) return;
  const auto found{group_phase_named(node_->text)};
  if (!found) return fail(fmt::format("{} is no phase of a group", words_for(*node_)));
  phase = *found;
}

void JsonReader::get(Priority& priority) {
  if (!is(JsonNode::Kind::text, "a priority")) return;
  for (const Priority known : {Priority::regular, Priority::spot}) {
    if (node_->text == to_string(known)) {
      priority = known;
      return;
    }
  }
  fail(fmt::format("expected \"regular\" or \"spot\", found {}", words_for(*node_)));
}

void JsonReader::counts(std::string_view key, std::vector<CountAt>& items) {
  std::vector<std::int64_t> flat{};
  list(key, flat);
  if (error_) return;
  if (flat.size() % 2 != 0) return fail(fmt::format("{}: a time without its count", key));
  std::int64_t at{0};
  for (std::size_t i{0}; i < flat.size(); i += 2) {
    if (__builtin_add_overflow(at, flat[i], &at) || at < -largest_instant || at > largest_instant ||
        !std::in_range<int>(flat[i + 1])) {
      return fail(fmt::format("{}: entry {} is out of range", key, i / 2));
    }
    items.push_back({TimePoint{Duration{at}}, {static_cast<int>(flat[i + 1])}});
  }
}

void JsonReader::readings(std::string_view key, Readings& readings) {
  const JsonNode* const found{required(key)};
  if (found == nullptr) return;
  within(key, *found, [&] {
    if (!is(JsonNode::Kind::object, "an object")) return;
    for (std::size_t i{0}; i < found->keys.size(); ++i) {
      Reading reading{};
      within(found->keys[i], found->items[i], [&] { get_reading(reading); });
      readings.set(found->keys[i], std::move(reading));
    }
  });
}

void JsonReader::get_reading(Reading& reading) {
  std::string quality{};
  std::optional<double> value{};
  std::optional<TimePoint> sampled_at{};
  std::optional<std::string> why{};
  object([&] {
    field("quality", quality);
    optional("value", value);
    optional("sampled_at", sampled_at);
    optional("why", why);
  });
  if (error_) return;
  const auto known{std::ranges::find(qualities, quality, [](Quality q) { return to_string(q); })};
  if (known == qualities.end()) {
    return fail(fmt::format("expected \"fresh\", \"stale\" or \"missing\", found \"{}\"", quality));
  }
  if (*known == Quality::missing) {
    if (value || sampled_at) return fail("a missing reading has no value");
    reading = Reading::missing(why.value_or(""));
    return;
  }
  if (!value || !sampled_at || !std::isfinite(*value)) {
    return fail("a fresh or stale reading has a finite value and the instant of its sample");
  }
  if (*known == Quality::fresh) {
    if (why) return fail("a fresh reading needs no excuse");
    reading = Reading::fresh(*value, *sampled_at);
  } else {
    reading = Reading::stale(*value, *sampled_at, why.value_or(""));
  }
}

}  // namespace spillway::state
