// An EndpointSlice of ours as values, from and to JSON. v1 and v1beta1 look the same in all that is
// used here. kube-proxy sends to endpoints that are `ready`; it knows no weights, so the asked
// weight is only remembered, in an annotation, and every endpoint gets the same share. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/kubernetes/objects.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::endpoint_slice {

inline constexpr std::string_view managed_by_label{"endpointslice.kubernetes.io/managed-by"};
inline constexpr std::string_view service_label{"kubernetes.io/service-name"};
inline constexpr std::string_view workload_label{"spillway/workload"};
inline constexpr std::string_view managed_by{"spillway"};
/// The API refuses more.
inline constexpr std::size_t endpoints_max{1000};

struct Endpoint {
  std::string ip{};
  std::string group{};
  bool is_ready{true};
  int weight{100};

  bool operator==(const Endpoint&) const = default;
};

struct Slice {
  kubernetes::Metadata metadata{};  ///< TypedStore looks for this name
  std::string service{};
  std::string workload{};
  bool is_ipv6{false};
  int port{0};
  std::string port_name{};
  std::string service_uid{};  ///< owner: the slice goes when the Service goes; empty: nobody
  std::vector<Endpoint> endpoints{};
};

/// Errors: `malformed`: a slice without our labels, or not as we write it.
Result<Slice> parse_slice(const boost::json::object& object);

/// What is written, with the resource version if it has one.
boost::json::object slice_body(const Slice& slice, std::string_view api_version);

/// `web-spillway-web-8080`, with `-v6` at the end for IPv6: one for each Service, workload, port
/// and family, as a slice has one of each.
std::string slice_name(std::string_view service, std::string_view workload, int port, bool is_ipv6);

/// As the loop sees it.
std::vector<ListedBackend> backends_of(const Slice& slice);

/// Puts `backend` into the slice, in this state; replaces what was there of its group. False if
/// nothing had to be changed.
bool put(Slice& slice, const Backend& backend, bool is_ready);
/// False if it is not there.
bool remove(Slice& slice, const std::string& group);

}  // namespace spillway::endpoint_slice
