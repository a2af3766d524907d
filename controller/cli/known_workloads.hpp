// Whether a running controller has a workload of a name, by what its status says. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace spillway::cli {

/// `there is no workload "wbe"; did you mean "web"?`, or what there is; empty if there is one.
std::string unknown_workload(const boost::json::object& status, std::string_view name);

}  // namespace spillway::cli
