// How doctest prints our types when a check fails. Include it wherever a `Result` is checked.
#pragma once

#include <doctest/doctest.h>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace doctest {

template <class T>
struct StringMaker<spillway::Result<T>> {
  static String convert(const spillway::Result<T>& result) {
    return result ? String{"a value"} : String{spillway::to_string(result.error()).c_str()};
  }
};

template <>
struct StringMaker<spillway::Error> {
  static String convert(const spillway::Error& error) { return spillway::to_string(error).c_str(); }
};

template <>
struct StringMaker<spillway::Errc> {
  static String convert(spillway::Errc code) {
    return std::string{spillway::to_string(code)}.c_str();
  }
};

template <>
struct StringMaker<spillway::Replicas> {
  static String convert(spillway::Replicas replicas) { return toString(replicas.count); }
};

template <>
struct StringMaker<spillway::Money> {
  static String convert(spillway::Money money) { return spillway::to_string(money).c_str(); }
};

template <>
struct StringMaker<spillway::Duration> {
  static String convert(spillway::Duration duration) {
    return spillway::to_string(duration).c_str();
  }
};

}  // namespace doctest
