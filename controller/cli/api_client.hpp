// One request to a running controller's API, for the commands that talk to it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "controller/cli/commands.hpp"
#include "controller/core/error.hpp"

namespace spillway::cli {

/// The parsed answer to `method` on `target` (path and query). Errors say how to reach one.
Result<boost::json::value> ask(const ApiAddress& api, const std::string& method,
                               const std::string& target);

/// What an answer says that is no success: the code and the words of the API, each once.
Error error_in(const boost::json::value& answer);

}  // namespace spillway::cli
