#include "controller/kubernetes/rights.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

namespace json = boost::json;

namespace {

Result<bool> is_allowed(const json::object& review) {
  FieldReader fields{};
  const json::object* const status{fields.object(&review, "status")};
  if (status == nullptr) fields.expected("the answer", "status");
  const bool allowed{fields.flag(status, "allowed")};
  if (fields.mistake()) return with_context("SelfSubjectAccessReview", *fields.mistake());
  return allowed;
}

}  // namespace

std::string to_string(const Right& right) {
  std::string text{right.verb + " " + right.resource};
  if (!right.group.empty()) text += "." + right.group;
  if (!right.name_space.empty()) text += " in " + right.name_space;
  return text;
}

std::string review_body(const Right& right) {
  json::object attributes{};
  attributes["verb"] = right.verb;
  attributes["group"] = right.group;
  attributes["resource"] = right.resource;
  if (!right.name_space.empty()) attributes["namespace"] = right.name_space;
  json::object spec{};
  spec["resourceAttributes"] = std::move(attributes);
  json::object review{};
  review["apiVersion"] = "authorization.k8s.io/v1";
  review["kind"] = "SelfSubjectAccessReview";
  review["spec"] = std::move(spec);
  return json::serialize(review);
}

Result<bool> parse_review(std::string_view body) {
  const auto review = parse_object(body);
  if (!review) return review.error();
  return is_allowed(*review);
}

boost::asio::awaitable<Result<std::vector<Right>>> missing_rights(ApiServer& server,
                                                                  std::vector<Right> needed,
                                                                  io::Deadline deadline) {
  std::vector<Right> missing{};
  for (Right& right : needed) {
    ApiRequest request{};
    request.method = "POST";
    request.target = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    request.body = review_body(right);
    const auto review = co_await server.call(std::move(request), deadline);
    if (!review) co_return review.error();
    const Result<bool> allowed{is_allowed(*review)};
    if (!allowed) co_return allowed.error();
    if (!*allowed) missing.push_back(std::move(right));
  }
  co_return missing;
}

}  // namespace spillway::kubernetes
