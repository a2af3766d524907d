// The words of the stub API server: paths taken apart, objects looked into, answers put together.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::testing::stub_api {

/// A path taken apart: `/apis/apps/v1/namespaces/shop/deployments/web/status`.
struct ApiPath {
  std::string collection{};  ///< `deployments.apps`
  std::string api_version{};
  std::string name_space{};
  std::string name{};
};

std::vector<std::string> split(std::string_view path);
std::optional<ApiPath> parse_path(const std::string& path);

/// Empty if there is no such text.
std::string text_in(const boost::json::object& object, std::string_view key);
/// Made if there is none.
boost::json::object& metadata_of(boost::json::object& object);
/// `NAMESPACE/NAME` or `NAME`.
std::string key_of(boost::json::object& object);

/// RFC 7396.
void merge(boost::json::object& into, const boost::json::object& patch);

std::string status_body(int code, std::string_view reason, std::string_view message);
std::string response(int status, const std::string& body, const std::string& header = {});

/// Only `k=v` and `k=v,k2=v2`: what Spillway asks for.
bool has_labels(boost::json::object& object, std::string_view selector);

/// Only `spec.nodeName=NAME`, where the name may be empty. An empty selector takes all.
bool has_node(const boost::json::object& object, std::string_view selector);

}  // namespace spillway::testing::stub_api
