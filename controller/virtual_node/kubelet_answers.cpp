#include "controller/virtual_node/kubelet_answers.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>

#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 429:
      return "TooManyRequests";
    case 501:
      return "NotImplemented";
    default:
      return "BadRequest";
  }
}

}  // namespace

io::HttpResponse say(int status, std::string words) {
  io::HttpResponse response{};
  response.status = status;
  response.headers.set("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(words);
  return response;
}

io::HttpResponse say_status(int status, const std::string& words) {
  boost::json::object object{};
  object["kind"] = "Status";
  object["apiVersion"] = "v1";
  object["status"] = "Failure";
  object["message"] = words;
  object["reason"] = reason_of(status);
  object["code"] = status;
  io::HttpResponse response{say(status, boost::json::serialize(object))};
  response.headers.set("Content-Type", "application/json");
  return response;
}

io::HttpResponse say_json(std::string body) {
  io::HttpResponse response{say(200, std::move(body))};
  response.headers.set("Content-Type", "application/json");
  return response;
}

std::string summary_body(const std::string& node, std::optional<TimePoint> since) {
  boost::json::object about{};
  about["nodeName"] = node;
  if (since) about["startTime"] = kubernetes::time_text(*since);
  boost::json::object summary{};
  summary["node"] = std::move(about);
  summary["pods"] = boost::json::array{};
  return boost::json::serialize(summary);
}

}  // namespace spillway::virtual_node
