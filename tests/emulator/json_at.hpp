// Reading documents whose types were checked already (shape.hpp): what is absent is empty.
// A path is a slash-separated list of member names, without arrays.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::emulator {

/// The value at `path` below `object`; null if a step of it is missing or no object.
const boost::json::value* find_at(const boost::json::object& object, std::string_view path);

/// Empty if there is no string.
std::string text_at(const boost::json::object& object, std::string_view path);

std::optional<double> number_at(const boost::json::object& object, std::string_view path);

/// Empty if there is no array.
const boost::json::array& array_at(const boost::json::object& object, std::string_view path);

/// Empty if there is no object.
const boost::json::object& object_at(const boost::json::object& object, std::string_view path);

}  // namespace spillway::emulator
