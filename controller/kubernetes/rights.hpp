// What our account may do, asked from the API server itself (SelfSubjectAccessReview, which every
// account may ask). For `spillway doctor`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/kubernetes/api_server.hpp"

namespace spillway::kubernetes {

struct Right {
  std::string verb{};
  std::string group{};
  std::string resource{};
  std::string name_space{};  ///< empty: in all

  bool operator==(const Right&) const = default;
};

/// `list pods`, `update endpointslices.discovery.k8s.io in shop`.
std::string to_string(const Right& right);

/// The body of the question, and what the answer says. Error: `malformed`.
std::string review_body(const Right& right);
Result<bool> parse_review(std::string_view body);

/// Those of `needed` that we do not have. Errors: those of the server.
boost::asio::awaitable<Result<std::vector<Right>>> missing_rights(ApiServer& server,
                                                                  std::vector<Right> needed,
                                                                  io::Deadline deadline);

}  // namespace spillway::kubernetes
