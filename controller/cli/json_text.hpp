// What a running controller's JSON says, as the tables print it: a field that is absent or null is
// a dash, an absent list or section is empty.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace spillway::cli {

std::string text_of(const boost::json::object& object, std::string_view key);
const boost::json::array& list_of(const boost::json::object& object, std::string_view key);
boost::json::object object_of(const boost::json::object& object, std::string_view key);

}  // namespace spillway::cli
