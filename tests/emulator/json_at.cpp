#include "tests/emulator/json_at.hpp"

#include <algorithm>

namespace spillway::emulator {

namespace json = boost::json;

const json::value* find_at(const json::object& object, std::string_view path) {
  const json::value* parent{nullptr};
  const json::object* current{&object};
  while (!path.empty()) {
    const std::string_view key{path.substr(0, path.find('/'))};
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    if (current == nullptr) return nullptr;
    parent = current->if_contains(key);
    if (parent == nullptr) return nullptr;
    current = parent->if_object();
  }
  return parent;
}

std::string text_at(const json::object& object, std::string_view path) {
  const json::value* found{find_at(object, path)};
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

std::optional<double> number_at(const json::object& object, std::string_view path) {
  const json::value* found{find_at(object, path)};
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

const json::array& array_at(const json::object& object, std::string_view path) {
  static const json::array empty;
  const json::value* found{find_at(object, path)};
  return found != nullptr && found->is_array() ? found->get_array() : empty;
}

const json::object& object_at(const json::object& object, std::string_view path) {
  static const json::object empty;
  const json::value* found{find_at(object, path)};
  return found != nullptr && found->is_object() ? found->get_object() : empty;
}

}  // namespace spillway::emulator
