#include "controller/provider/aci/pool_client.hpp"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::string_view pool_version{"2025-10-01"};
constexpr int pool_pages_max{100};

std::string in_scope(const Scope& scope, std::string_view type) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}/providers/{}",
                     io::percent_encode(scope.subscription),
                     io::percent_encode(scope.resource_group), type);
}

std::string pools_path(const Scope& scope) {
  return in_scope(scope, "Microsoft.StandbyPool/standbyContainerGroupPools");
}

ArmRequest pool_request(std::string method, std::string path, std::string what) {
  ArmRequest request{};
  request.method = std::move(method);
  request.path = std::move(path);
  request.what = std::move(what);
  request.api_version = pool_version;
  return request;
}

bool is_gone(const Error& error) {
  return error.code == Errc::not_found;
}

}  // namespace

std::string pool_path(const Scope& scope, const std::string& name) {
  return pools_path(scope) + "/" + name;
}

std::string profile_path(const Scope& scope, const std::string& name) {
  return in_scope(scope, "Microsoft.ContainerInstance/containerGroupProfiles/") + name;
}

PoolClient::PoolClient(ArmClient& arm, std::string owner) : arm_{arm}, owner_{std::move(owner)} {}

asio::awaitable<Result<std::optional<PoolAnswer>>> PoolClient::look(std::string path,
                                                                    io::Deadline deadline) {
  ArmRequest request{pool_request("GET", path, "reading " + path.substr(path.rfind('/') + 1))};
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer && is_gone(answer.error())) co_return std::optional<PoolAnswer>{};
  if (!answer) co_return answer.error();
  Result<PoolAnswer> pool{parse_pool(answer->body)};
  if (!pool) co_return pool.error();
  if (pool->owner != owner_) {
    co_return Error{Errc::denied,
                    fmt::format("standby pool {} does not carry our owner tag", pool->name)};
  }
  co_return std::optional<PoolAnswer>{std::move(*pool)};
}

asio::awaitable<Result<StandbyStock>> PoolClient::stock_of(std::string path,
                                                           io::Deadline deadline) {
  ArmRequest request{pool_request("GET", path + "/runtimeViews/latest",
                                  "reading the stock of " + path.substr(path.rfind('/') + 1))};
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(request), deadline);
  if (!answer) co_return answer.error();
  co_return parse_stock(answer->body);
}

asio::awaitable<Result<std::vector<PoolAnswer>>> PoolClient::pools_in(Scope scope,
                                                                      io::Deadline deadline) {
  ArmRequest first{pool_request("GET", pools_path(scope), "listing standby pools")};
  co_return co_await list_all(std::move(first), deadline);
}

asio::awaitable<Result<std::vector<PoolAnswer>>> PoolClient::profiles_in(Scope scope,
                                                                         io::Deadline deadline) {
  ArmRequest first{};
  first.path = profile_path(scope, {});
  first.path.pop_back();
  first.what = "listing profiles";
  co_return co_await list_all(std::move(first), deadline);
}

/// All pages of a listing of pools or profiles, which name themselves and their tags alike.
asio::awaitable<Result<std::vector<PoolAnswer>>> PoolClient::list_all(ArmRequest first,
                                                                      io::Deadline deadline) {
  const std::string what{first.what};
  std::vector<PoolAnswer> all{};
  Result<io::HttpResponse> answer = co_await arm_.send(std::move(first), deadline);
  for (int pages{1}; pages <= pool_pages_max; ++pages) {
    if (!answer) co_return std::move(answer).error();
    Result<PoolPage> page{parse_pool_page(answer->body)};
    if (!page) co_return page.error();
    std::move(page->pools.begin(), page->pools.end(), std::back_inserter(all));
    if (page->next_link.empty()) co_return all;
    answer = co_await arm_.follow(page->next_link, what, deadline);
  }
  co_return Error{Errc::too_large, what + ": too many pages"};
}

asio::awaitable<Result<int>> PoolClient::write_profile(std::string path, std::string name,
                                                       std::string body, io::Deadline deadline) {
  ArmRequest put{};
  put.method = "PUT";
  put.path = std::move(path);
  put.body = std::move(body);
  put.what = "writing the profile " + name;
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
  if (!answer) co_return answer.error();
  co_return parse_profile_revision(answer->body);
}

asio::awaitable<Result<void>> PoolClient::write_pool(std::string path, std::string name,
                                                     std::string body, io::Deadline deadline) {
  ArmRequest put{pool_request("PUT", std::move(path), "writing the standby pool " + name)};
  put.body = std::move(body);
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(put), deadline);
  if (!answer) co_return answer.error();
  co_return Result<void>{};
}

/// The pool first: a profile that is in use cannot go.
asio::awaitable<Result<void>> PoolClient::erase(Scope scope, std::string name,
                                                io::Deadline deadline) {
  ArmRequest pool{
      pool_request("DELETE", pool_path(scope, name), "removing the standby pool " + name)};
  const Result<io::HttpResponse> pool_gone = co_await arm_.send(std::move(pool), deadline);
  if (!pool_gone && !is_gone(pool_gone.error())) co_return pool_gone.error();
  co_await erase_profile(std::move(scope), std::move(name), deadline);
  co_return Result<void>{};
}

asio::awaitable<void> PoolClient::erase_profile(Scope scope, std::string name,
                                                io::Deadline deadline) {
  ArmRequest profile{};
  profile.method = "DELETE";
  profile.path = profile_path(scope, name);
  profile.what = "removing the profile " + name;
  const Result<io::HttpResponse> gone = co_await arm_.send(std::move(profile), deadline);
  // A profile costs nothing; the pool is what had to go.
  static_cast<void>(gone);
}

}  // namespace spillway::aci
