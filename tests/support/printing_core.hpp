// How doctest prints the words of the pure core when a check fails.
#pragma once

#include "controller/core/because.hpp"
#include "controller/core/group.hpp"
#include "controller/core/group_lifecycle.hpp"
#include "tests/support/printing.hpp"

namespace doctest {

template <>
struct StringMaker<spillway::Because> {
  static String convert(spillway::Because because) {
    return std::string{spillway::to_string(because)}.c_str();
  }
};

template <>
struct StringMaker<spillway::GroupPhase> {
  static String convert(spillway::GroupPhase phase) {
    return std::string{spillway::to_string(phase)}.c_str();
  }
};

template <>
struct StringMaker<spillway::Do> {
  static String convert(spillway::Do action) {
    return std::string{spillway::to_string(action)}.c_str();
  }
};

template <>
struct StringMaker<spillway::GroupId> {
  static String convert(const spillway::GroupId& id) { return id.name.c_str(); }
};

}  // namespace doctest
