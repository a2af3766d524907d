#include "controller/kubernetes/credentials.hpp"

#include <fmt/format.h>

#include <utility>

#include "controller/io/http.hpp"
#include "controller/io/program.hpp"
#include "controller/kubernetes/access.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

/// Kubelets replace a pod's token well before its end; client-go reads it anew as often.
constexpr Duration file_age_max{std::chrono::minutes{1}};
/// A credential is renewed this long before it expires: a request under way still gets there.
constexpr Duration renew_before{std::chrono::seconds{30}};
/// How often a second caller looks whether the first has renewed it.
constexpr Duration renewal_poll{std::chrono::milliseconds{20}};

std::string without_line_end(std::string_view text) {
  const std::size_t end{text.find_last_not_of(" \t\r\n")};
  return std::string{end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1)};
}

}  // namespace

Credentials::Credentials(Access access, io::Clock& clock)
    : access_{std::move(access)}, clock_{clock} {}

bool Credentials::is_good(TimePoint now) const {
  if (!current_) return false;
  if (access_.user.exec) return !current_->expires_at || now + renew_before < *current_->expires_at;
  return now - read_at_ < file_age_max;
}

asio::awaitable<Result<Credential>> Credentials::get(io::Deadline deadline) {
  while (is_renewing_) {
    const auto slept = co_await clock_.sleep_until(clock_.now() + renewal_poll);
    if (!slept) co_return slept.error();
    if (clock_.now() >= deadline.at) co_return Error{Errc::timeout, "waiting for a credential"};
  }
  if (is_good(clock_.now())) co_return *current_;
  struct Renewing {
    bool& flag;
    ~Renewing() { flag = false; }
  };
  is_renewing_ = true;
  const Renewing renewing{is_renewing_};
  auto renewed = co_await renew(deadline);
  // A credential that cannot be renewed right now may still be good for a while.
  const bool is_expired{current_ && current_->expires_at && clock_.now() >= *current_->expires_at};
  if (!renewed && current_ && !is_expired) co_return *current_;
  if (!renewed) co_return renewed.error();
  current_ = *renewed;
  read_at_ = clock_.now();
  co_return renewed;
}

bool Credentials::refused() {
  current_.reset();
  return access_.user.exec.has_value() || !access_.user.token_file.empty() ||
         !access_.user.certificate.file.empty();
}

asio::awaitable<Result<Credential>> Credentials::renew(io::Deadline deadline) {
  auto credential = read_files();
  if (!credential || !access_.user.exec) co_return credential;
  auto printed = co_await run_plugin(deadline);
  if (!printed) co_return printed.error();
  // A plugin may add a token to a certificate of the kubeconfig.
  if (printed->certificate_pem.empty()) {
    printed->certificate_pem = credential->certificate_pem;
    printed->key_pem = credential->key_pem;
  }
  co_return printed;
}

Result<Credential> Credentials::read_files() const {
  Credential credential{.token = access_.user.token};
  if (credential.token.empty() && !access_.user.token_file.empty()) {
    const auto token = text_of({.file = access_.user.token_file});
    if (!token) return with_context("token", token.error());
    credential.token = io::Secret{without_line_end(token->reveal())};
    if (credential.token.empty()) {
      return Error{Errc::malformed, access_.user.token_file + ": the token file is empty"};
    }
  }
  const auto certificate = text_of(access_.user.certificate);
  if (!certificate) return with_context("client certificate", certificate.error());
  const auto key = text_of(access_.user.key);
  if (!key) return with_context("client key", key.error());
  credential.certificate_pem = certificate->reveal();
  credential.key_pem = *key;
  return credential;
}

asio::awaitable<Result<Credential>> Credentials::run_plugin(io::Deadline deadline) {
  const ExecPlugin& plugin{*access_.user.exec};
  const std::string name{"credential plugin " + plugin.command};
  if (!is_supported_exec_version(plugin.api_version)) {
    co_return Error{Errc::bad_request,
                    fmt::format("{}: apiVersion \"{}\" is not supported; v1 and v1beta1 are", name,
                                io::excerpt(plugin.api_version, 80))};
  }
  const auto authority = text_of(access_.cluster.ca);
  if (!authority) co_return with_context(name, authority.error());
  io::Program program{};
  program.command.push_back(plugin.command);
  program.command.insert(program.command.end(), plugin.arguments.begin(), plugin.arguments.end());
  program.environment = plugin.environment;
  program.environment["KUBERNETES_EXEC_INFO"] =
      exec_info(plugin, access_.cluster, authority->reveal());
  const auto ran = co_await io::run_program(std::move(program), clock_, deadline);
  if (!ran && ran.error().code == Errc::not_found) {
    co_return Error{Errc::bad_request, fmt::format("{}: not found in PATH. {}", name,
                                                   io::excerpt(plugin.install_hint, 300))};
  }
  if (!ran) co_return with_context(name, ran.error());
  if (ran->exit_code != 0) {
    co_return Error{Errc::denied, fmt::format("{}: exit code {}: {}", name, ran->exit_code,
                                              io::excerpt(ran->error, 300))};
  }
  auto credential = parse_exec_credential(ran->output, plugin.api_version);
  if (!credential) co_return with_context(name, credential.error());
  co_return credential;
}

}  // namespace spillway::kubernetes
