// How a kubelet answers in words. Pure.
#pragma once

#include <optional>
#include <string>

#include "controller/core/units.hpp"
#include "controller/io/http.hpp"

namespace spillway::virtual_node {

io::HttpResponse say(int status, std::string words);

/// A refusal of exec and its kind, whose clients read nothing but such an object.
io::HttpResponse say_status(int status, const std::string& words);

io::HttpResponse say_json(std::string body);

/// The body of `/stats/summary`: the node, since when it is ready, and no pod. What containers use
/// is not known here, and a usage of 0 would be believed: autoscalers know what to do without a
/// figure, and take pods at 0 for idle.
std::string summary_body(const std::string& node, std::optional<TimePoint> since);

}  // namespace spillway::virtual_node
