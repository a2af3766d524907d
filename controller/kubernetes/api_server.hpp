// Requests to one API server as one user: authorised, counted, a refused credential renewed once. A
// status is the caller's business (`error_of_answer`). TLS as the kubeconfig says; a client
// certificate that changes gets a client of its own. No retries here: whoever asks has the
// deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"
#include "controller/kubernetes/access.hpp"

namespace spillway::kubernetes {

inline constexpr std::string_view json_type{"application/json"};
inline constexpr std::string_view merge_patch{"application/merge-patch+json"};
inline constexpr std::string_view strategic_patch{"application/strategic-merge-patch+json"};

struct ApiRequest {
  std::string method{"GET"};
  std::string target{};  ///< path and query
  std::string body{};
  std::string content_type{json_type};
};

class ApiServer {
 public:
  virtual ~ApiServer() = default;

  /// The answer, whatever its status. Errors: those of the HTTP client and of the credential.
  virtual boost::asio::awaitable<Result<io::HttpResponse>> send(ApiRequest request,
                                                                io::Deadline deadline) = 0;

  /// A watch: see `io::HttpClient::stream`.
  virtual boost::asio::awaitable<Result<io::HttpResponse>> stream(ApiRequest request,
                                                                  io::BodySink sink,
                                                                  Duration silence,
                                                                  io::Deadline deadline) = 0;

  /// `https://HOST:PORT`, for messages.
  virtual const std::string& where() const = 0;
  /// The namespace of the kubeconfig's context or of the pod; empty: none.
  virtual const std::string& name_space() const = 0;
  /// Requests sent so far.
  virtual std::uint64_t requests() const = 0;

  /// The object that a 2xx answer holds. Errors: `error_of_answer`, `malformed`.
  boost::asio::awaitable<Result<boost::json::object>> call(ApiRequest request,
                                                           io::Deadline deadline);
};

/// `context` and `clock` must outlive it. Errors: `bad_request` for a server's URL that is none or
/// a name for TLS that we cannot ask for; those of reading the authority's file.
Result<std::unique_ptr<ApiServer>> make_api_server(boost::asio::io_context& context,
                                                   io::Clock& clock, Access access);

/// The same from settings: `find_access` first.
Result<std::unique_ptr<ApiServer>> make_api_server(boost::asio::io_context& context,
                                                   io::Clock& clock,
                                                   const ConnectionSettings& settings);

}  // namespace spillway::kubernetes
