#include "tests/emulator/json_text.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>

namespace spillway::emulator {
namespace {

namespace json = boost::json;

void write(std::string& out, const json::value& value);

void write_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
  } else {
    out += fmt::format("{}", number);  // the shortest text that reads back as the same number
  }
}

void write_object(std::string& out, const json::object& object) {
  out += '{';
  bool first{true};
  for (const auto& [key, member] : object) {
    if (!first) out += ',';
    first = false;
    out += json::serialize(json::string_view{key});
    out += ':';
    write(out, member);
  }
  out += '}';
}

void write(std::string& out, const json::value& value) {
  if (value.is_object()) {
    write_object(out, value.get_object());
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i{0}; i < value.get_array().size(); ++i) {
      if (i > 0) out += ',';
      write(out, value.get_array()[i]);
    }
    out += ']';
  } else if (value.is_double()) {
    write_number(out, value.get_double());
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  write(out, value);
  return out;
}

}  // namespace spillway::emulator
