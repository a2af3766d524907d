#include "controller/kubernetes/api_server.hpp"

#include <fmt/format.h>

#include <utility>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/credentials.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

/// A page of 500 pods, each with its managed fields, may have several megabytes.
constexpr std::size_t answer_bytes_max{std::size_t{64} << 20U};

std::string authorization_of(const Credential& credential, const User& user) {
  if (!credential.token.empty()) return fmt::format("Bearer {}", credential.token.reveal());
  if (user.username.empty()) return {};
  return "Basic " + io::base64(fmt::format("{}:{}", user.username, user.password.reveal()));
}

class HttpApiServer final : public ApiServer {
 public:
  HttpApiServer(asio::io_context& context, io::Clock& clock, Access access, io::Url url,
                std::string ca_pem)
      : context_{context},
        clock_{clock},
        user_{access.user},
        url_{std::move(url)},
        where_{io::origin(url_)},
        name_space_{access.name_space} {
    tls_.ca_pem = std::move(ca_pem);
    tls_.insecure_skip_verify = access.cluster.insecure_skip_verify;
    credentials_ = std::make_unique<Credentials>(std::move(access), clock);
  }

  const std::string& where() const override { return where_; }
  const std::string& name_space() const override { return name_space_; }
  std::uint64_t requests() const override { return requests_; }

  asio::awaitable<Result<io::HttpResponse>> send(ApiRequest request,
                                                 io::Deadline deadline) override {
    for (bool is_first{true};; is_first = false) {
      auto ready = co_await prepare(request, deadline);
      if (!ready) co_return ready.error();
      const std::shared_ptr<io::HttpClient> client{client_};
      auto answer = co_await client->send(std::move(*ready), deadline);
      if (!goes_again(answer, is_first)) co_return answer;
    }
  }

  asio::awaitable<Result<io::HttpResponse>> stream(ApiRequest request, io::BodySink sink,
                                                   Duration silence,
                                                   io::Deadline deadline) override {
    for (bool is_first{true};; is_first = false) {
      auto ready = co_await prepare(request, deadline);
      if (!ready) co_return ready.error();
      const std::shared_ptr<io::HttpClient> client{client_};
      auto answer = co_await client->stream(std::move(*ready), sink, silence, deadline);
      if (!goes_again(answer, is_first)) co_return answer;
    }
  }

 private:
  bool goes_again(const Result<io::HttpResponse>& answer, bool is_first) {
    if (!answer || answer->status != 401) return false;
    const bool may_help{credentials_->refused()};
    return may_help && is_first;
  }

  asio::awaitable<Result<io::HttpRequest>> prepare(const ApiRequest& request,
                                                   io::Deadline deadline) {
    const auto credential = co_await credentials_->get(deadline);
    if (!credential) co_return with_context(where_, credential.error());
    const auto client = use_client_for(*credential);
    if (!client) co_return with_context(where_, client.error());
    io::HttpRequest ready{};
    ready.method = request.method;
    ready.url = io::join(url_, request.target);
    ready.body = request.body;
    ready.response_limit = answer_bytes_max;
    ready.headers.set("Accept", std::string{json_type});
    if (!request.body.empty()) ready.headers.set("Content-Type", request.content_type);
    std::string authorization{authorization_of(*credential, user_)};
    if (!authorization.empty()) ready.headers.set("Authorization", std::move(authorization));
    ++requests_;
    co_return ready;
  }

  /// Connections belong to a certificate: another one gets a client of its own, and requests under
  /// way keep the old one alive.
  Result<void> use_client_for(const Credential& credential) {
    if (client_ && tls_.certificate_pem == credential.certificate_pem) return {};
    tls_.certificate_pem = credential.certificate_pem;
    tls_.key_pem = credential.key_pem;
    io::HttpClientOptions options{};
    options.tls = tls_;
    options.body_limit = answer_bytes_max;
    auto client = io::make_http_client(context_, clock_, std::move(options));
    if (!client) return client.error();
    client_ = std::move(*client);
    return {};
  }

  asio::io_context& context_;
  io::Clock& clock_;
  User user_;
  io::Url url_;
  std::string where_;
  std::string name_space_;
  io::TlsClientOptions tls_{};
  std::unique_ptr<Credentials> credentials_{};
  std::shared_ptr<io::HttpClient> client_{};
  std::uint64_t requests_{0};
};

}  // namespace

asio::awaitable<Result<boost::json::object>> ApiServer::call(ApiRequest request,
                                                             io::Deadline deadline) {
  const std::string what{
      fmt::format("{} {}", request.method, request.target.substr(0, request.target.find('?')))};
  const auto answer = co_await send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  if (answer->status < 200 || answer->status > 299) co_return error_of_answer(what, *answer);
  auto object = parse_object(answer->body);
  if (!object) co_return with_context(what, object.error());
  co_return object;
}

Result<std::unique_ptr<ApiServer>> make_api_server(asio::io_context& context, io::Clock& clock,
                                                   Access access) {
  auto url = io::parse_url(access.cluster.server);
  if (!url) return Error{Errc::bad_request, with_context("server", url.error()).context};
  const std::string& name{access.cluster.tls_server_name};
  if (!name.empty() && name != url->host) {
    return Error{Errc::bad_request,
                 fmt::format("tls-server-name \"{}\" differs from the host of {}: not supported; "
                             "use a server address that its certificate is for",
                             name, io::origin(*url))};
  }
  const auto authority = text_of(access.cluster.ca);
  if (!authority) return with_context("certificate authority", authority.error());
  std::string ca_pem{authority->reveal()};
  return std::make_unique<HttpApiServer>(context, clock, std::move(access), std::move(*url),
                                         std::move(ca_pem));
}

Result<std::unique_ptr<ApiServer>> make_api_server(asio::io_context& context, io::Clock& clock,
                                                   const ConnectionSettings& settings) {
  auto access = find_access(settings, process_variables());
  if (!access) return access.error();
  return make_api_server(context, clock, std::move(*access));
}

}  // namespace spillway::kubernetes
