#include "controller/cluster/kubernetes/service_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::kubernetes {

namespace {

bool is_object_name(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), is_legal);
}

}  // namespace

Result<ServiceName> parse_service(std::string_view text, std::string_view usual_name_space) {
  ServiceName service{};
  std::string_view rest{text};
  if (const std::size_t colon{rest.find(':')}; colon != std::string_view::npos) {
    const std::string_view kind{rest.substr(0, colon)};
    rest.remove_prefix(colon + 1);
    if (kind == "deployment") service.kind = OwnerKind::deployment;
    if (kind == "statefulset") service.kind = OwnerKind::stateful_set;
    if (!service.kind) rest = {};
  }
  const std::size_t slash{rest.find('/')};
  service.name_space = slash == std::string_view::npos ? usual_name_space : rest.substr(0, slash);
  service.name = slash == std::string_view::npos ? rest : rest.substr(slash + 1);
  if (!is_object_name(service.name_space) || !is_object_name(service.name)) {
    return Error{
        Errc::bad_request,
        fmt::format("service \"{}\": expected [deployment:|statefulset:][NAMESPACE/]NAME", text)};
  }
  return service;
}

}  // namespace spillway::kubernetes
