// What the config file says about a source of type `file`.
#pragma once

#include <string>

#include "controller/core/fields.hpp"

namespace spillway {

struct FileSettings {
  static constexpr std::string_view type{"file"};

  std::string path{};
  bool repeat{false};  ///< begin again at the end
  double speed{1.0};   ///< seconds of the trace per second
};

void describe(Fields& fields, FileSettings& settings);

}  // namespace spillway
