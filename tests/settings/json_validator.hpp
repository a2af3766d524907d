// The part of JSON Schema (draft 2020-12) that our schema uses, to test that it means what the
// reader means. An unknown keyword fails, so that none is silently ignored.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "controller/settings/node.hpp"

namespace spillway::settings {

/// Empty if `value` is valid, else where and why not.
std::string validate(const boost::json::object& schema, const boost::json::value& value);

/// A YAML tree as an editor's schema check sees it: plain numbers and flags are no texts.
boost::json::value json_of(const Node& node);

}  // namespace spillway::settings
