#include "controller/traffic/etcd/etcd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/io/http_access.hpp"
#include "controller/io/json_fields.hpp"

namespace spillway::etcd {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::string_view txn_target{"/v3/kv/txn"};
/// A transaction has 128 operations at most (etcd's --max-txn-ops); a replica needs two.
constexpr std::size_t changes_at_once{60};
/// Somebody else who changes the same keys at the same time: read again, this often at most.
constexpr int etcd_attempts_max{4};

bool is_about_the_server(const Error& error) {
  return error.code == Errc::unavailable || error.code == Errc::timeout;
}

}  // namespace

Error error_of_answer(const std::string& doing, const io::HttpResponse& response) {
  const auto object = io::parse_object(response.body);
  io::FieldReader fields{};
  const std::string message{object ? fields.text(*object, "error") : ""};
  const auto says = [&message](std::string_view words) {
    return message.find(words) != std::string::npos;
  };
  if (says("user name is empty")) {
    return {Errc::denied, doing + ": etcd asks for a `user` and `password`"};
  }
  if (says("authentication failed") || says("permission denied") || says("invalid auth token")) {
    return {Errc::denied, fmt::format("{}: {}", doing, io::excerpt(message))};
  }
  if (says("authentication is not enabled")) {
    return {Errc::bad_request, doing + ": this etcd has no users; leave `user` out"};
  }
  return io::error_of_status(doing, response);
}

EtcdTraffic::EtcdTraffic(std::string name, Settings settings,
                         std::unique_ptr<io::HttpClient> client, io::Clock& clock)
    : name_{std::move(name)},
      settings_{std::move(settings)},
      password_{std::move(settings_.password)},
      client_{std::move(client)},
      clock_{clock},
      order_{settings_.urls.size()} {
  for (const std::string& text : settings_.urls) {
    auto url = io::parse_url(text);
    SPILLWAY_ASSERT(url.has_value());  // a checked config has one
    urls_.push_back(std::move(*url));
  }
}

Result<Keyspace> EtcdTraffic::keys_for(const std::string& workload) {
  if (!serves_many(settings_) && !workloads_.empty() && !workloads_.contains(workload)) {
    return Error{Errc::bad_request,
                 fmt::format("traffic {}: the prefix {} already belongs to workload {}, so {} "
                             "needs a `prefix` of its own (or one with {{{{workload}}}} in it)",
                             name_, settings_.prefix, *workloads_.begin(), workload)};
  }
  workloads_.insert(workload);
  return Keyspace{workload, keys_of(settings_.prefix, workload),
                  keys_of(settings_.registry, workload)};
}

asio::awaitable<Result<std::vector<ListedBackend>>> EtcdTraffic::list(std::string workload,
                                                                      io::Deadline deadline) {
  const auto keys = keys_for(workload);
  if (!keys) co_return keys.error();
  const auto found = co_await find(*keys, deadline);
  if (!found) co_return with_context("traffic " + name_, found.error());
  co_return listing_of(*keys, *found);
}

asio::awaitable<Result<void>> EtcdTraffic::admit(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::admit, std::move(backend), deadline);
}

asio::awaitable<Result<void>> EtcdTraffic::drain(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::drain, std::move(backend), deadline);
}

asio::awaitable<Result<void>> EtcdTraffic::evict(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::evict, std::move(backend), deadline);
}

asio::awaitable<std::vector<Result<void>>> EtcdTraffic::carry_out(std::vector<TrafficCall> calls,
                                                                  io::Deadline deadline) {
  const std::size_t count{calls.size()};
  Result<void> changed{};
  if (count > 0) changed = co_await change(std::move(calls), deadline);
  if (!changed) changed = with_context("traffic " + name_, changed.error());
  co_return std::vector<Result<void>>(count, changed);
}

asio::awaitable<Result<Found>> EtcdTraffic::find(Keyspace keys, io::Deadline deadline) {
  std::string target{txn_target};
  const auto body =
      co_await ask("reading " + keys.prefix, std::move(target), read_request(keys), deadline);
  if (!body) co_return body.error();
  co_return parse_read(*body);
}

asio::awaitable<Result<void>> EtcdTraffic::change(std::vector<TrafficCall> calls,
                                                  io::Deadline deadline) {
  const auto keys = keys_for(calls.front().backend.workload);
  if (!keys) co_return keys.error();
  for (int attempt{0}; attempt < etcd_attempts_max; ++attempt) {
    const auto found = co_await find(*keys, deadline);
    if (!found) co_return found.error();
    auto changes = changes_to(*keys, *found, after(entries_in(*keys, *found), calls));
    const auto written = co_await write(std::move(changes), deadline);
    if (!written) co_return written.error();
    if (*written) co_return Result<void>{};
  }
  co_return Error{Errc::transitioning,
                  fmt::format("writing {}: somebody else keeps changing it", keys->prefix)};
}

/// False if a condition did not hold: then what is left is not done.
asio::awaitable<Result<bool>> EtcdTraffic::write(std::vector<Change> changes,
                                                 io::Deadline deadline) {
  for (std::size_t begin{0}; begin < changes.size(); begin += changes_at_once) {
    const std::size_t end{std::min(changes.size(), begin + changes_at_once)};
    std::string target{txn_target};
    const auto body = co_await ask("writing " + changes[begin].registry_key, std::move(target),
                                   write_request(changes, begin, end), deadline);
    if (!body) co_return body.error();
    const auto written = parse_written(*body);
    if (!written || !*written) co_return written;
  }
  co_return true;
}

/// The next address is asked if one does not answer. A write may then be sent twice: its condition
/// does not hold the second time, and reading again shows that it is done.
asio::awaitable<Result<std::string>> EtcdTraffic::ask(std::string doing, std::string target,
                                                      std::string body, io::Deadline deadline) {
  Error last{Errc::unavailable, "no etcd to ask"};
  for (const std::size_t index : order_.order(clock_.now())) {
    auto answer = co_await ask_one(index, doing, target, body, deadline);
    if (answer) {
      order_.note_success(index);
      co_return answer;
    }
    last = answer.error();
    if (!is_about_the_server(last)) co_return last;
    order_.note_failure(index, clock_.now());
    if (clock_.now() >= deadline.at) break;
  }
  co_return last;
}

asio::awaitable<Result<std::string>> EtcdTraffic::ask_one(std::size_t index, std::string doing,
                                                          std::string target, std::string body,
                                                          io::Deadline deadline) {
  const bool had_token{!token_.empty()};
  if (!settings_.user.empty() && !had_token) {
    const Result<void> known = co_await authenticate(index, deadline);
    if (!known) co_return known.error();
  }
  auto response = co_await post(index, target, body, deadline);
  if (!response) co_return with_context(doing, response.error());
  if (response->status == 401 && had_token) {
    // Tokens end, by time or with the member that gave them.
    const Result<void> known = co_await authenticate(index, deadline);
    if (!known) co_return known.error();
    response = co_await post(index, target, body, deadline);
    if (!response) co_return with_context(doing, response.error());
  }
  if (response->status != 200) co_return error_of_answer(doing, *response);
  co_return std::move(response->body);
}

asio::awaitable<Result<void>> EtcdTraffic::authenticate(std::size_t index, io::Deadline deadline) {
  const std::string doing{"authenticating as " + settings_.user};
  token_ = io::Secret{};
  json::object who{};
  who["name"] = settings_.user;
  who["password"] = password_.reveal();
  std::string target{"/v3/auth/authenticate"};
  const auto response = co_await post(index, std::move(target), json::serialize(who), deadline);
  if (!response) co_return with_context(doing, response.error());
  if (response->status != 200) co_return error_of_answer(doing, *response);
  auto token = parse_token(response->body);
  if (!token) co_return with_context(doing, token.error());
  token_ = io::Secret{std::move(*token)};
  co_return Result<void>{};
}

asio::awaitable<Result<io::HttpResponse>> EtcdTraffic::post(std::size_t index, std::string target,
                                                            std::string body,
                                                            io::Deadline deadline) {
  io::HttpRequest request{};
  request.method = "POST";
  request.url = io::join(urls_[index], target);
  request.headers.set("Content-Type", "application/json");
  if (!token_.empty()) request.headers.set("Authorization", std::string{token_.reveal()});
  request.body = std::move(body);
  const io::Deadline until{io::earlier(deadline, io::deadline_after(clock_, settings_.timeout))};
  co_return co_await client_->send(std::move(request), until);
}

Result<std::shared_ptr<Traffic>> make_etcd_traffic(asio::io_context& context, io::Clock& clock,
                                                   std::string name, const Settings& settings) {
  io::HttpAccessSettings access{};
  access.ca_file = settings.ca_file;
  access.certificate_file = settings.certificate_file;
  access.key_file = settings.key_file;
  access.insecure_skip_verify = settings.insecure_skip_verify;
  const auto tls = io::HttpAccess{access}.tls_options();
  if (!tls) return tls.error();
  io::HttpClientOptions options{};
  options.tls = *tls;
  auto client = io::make_http_client(context, clock, std::move(options));
  if (!client) return client.error();
  return std::shared_ptr<Traffic>{
      std::make_shared<EtcdTraffic>(std::move(name), settings, std::move(*client), clock)};
}

}  // namespace spillway::etcd
