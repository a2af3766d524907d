// One request to a running controller's API, for the commands that talk to it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "controller/cli/commands.hpp"
#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::cli {

/// The answer to `method` on `target` (path and query), whatever its status. Errors say how to
/// reach one.
Result<io::HttpResponse> call(const ApiAddress& api, const std::string& method,
                              const std::string& target);

/// The parsed answer to `method` on `target` (path and query). Errors say how to reach one.
Result<boost::json::value> ask(const ApiAddress& api, const std::string& method,
                               const std::string& target);

/// What an answer says that is no success: the code and the words of the API, each once.
Error error_in(const boost::json::value& answer);
/// The same of an answer that is not parsed yet, and may be no JSON.
Error error_in_text(const std::string& body);

}  // namespace spillway::cli
