// How a kubelet answers in words. Pure.
#pragma once

#include <string>

#include "controller/io/http.hpp"

namespace spillway::virtual_node {

io::HttpResponse say(int status, std::string words);

/// A refusal of exec and its kind, whose clients read nothing but such an object.
io::HttpResponse say_status(int status, const std::string& words);

}  // namespace spillway::virtual_node
