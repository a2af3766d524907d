#include "controller/settings/node.hpp"

#include <fmt/format.h>

#include <charconv>

namespace spillway::settings {
namespace {

const Node* element(const Node& list, std::string_view step) {
  std::size_t index{};
  const auto parsed{std::from_chars(step.data(), step.data() + step.size(), index)};
  if (parsed.ec != std::errc{} || index >= list.items.size()) return nullptr;
  return list.items[index].get();
}

}  // namespace

const MapEntry* Node::find(std::string_view key) const {
  for (const MapEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Place locate(const Node& root, const std::vector<std::string_view>& steps) {
  Place place{.mark = root.mark};
  const Node* node{&root};
  for (const std::string_view step : steps) {
    const bool is_element{node != nullptr && node->kind == Node::Kind::list};
    place.path = is_element ? fmt::format("{}[{}]", place.path, step) : join_path(place.path, step);
    if (node == nullptr) continue;
    if (is_element) {
      node = element(*node, step);
      if (node != nullptr) place.mark = node->mark;
    } else if (const MapEntry* const entry{node->find(step)}) {
      node = entry->value.get();
      place.mark = entry->key_mark;
    } else {
      node = nullptr;
    }
  }
  return place;
}

}  // namespace spillway::settings
