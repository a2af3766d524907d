#include "controller/settings/node.hpp"

#include <charconv>

namespace spillway::settings {

const MapEntry* Node::find(std::string_view key) const {
  for (const MapEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Mark locate(const Node& root, const std::vector<std::string_view>& path) {
  Mark mark{root.mark};
  const Node* node{&root};
  for (const std::string_view step : path) {
    if (node->kind == Node::Kind::list) {
      std::size_t index{};
      const auto parsed{std::from_chars(step.data(), step.data() + step.size(), index)};
      if (parsed.ec != std::errc{} || index >= node->items.size()) return mark;
      node = node->items[index].get();
      mark = node->mark;
    } else {
      const MapEntry* const entry{node->find(step)};
      if (entry == nullptr) return mark;
      node = entry->value.get();
      mark = entry->key_mark;
    }
  }
  return mark;
}

}  // namespace spillway::settings
