#include "controller/traffic/endpoint_slice/endpoint_slice.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::endpoint_slice {

namespace asio = boost::asio;
namespace json = boost::json;

using kubernetes::ApiRequest;
using kubernetes::FieldReader;

namespace {

/// Ports and names of a Service hardly ever change.
constexpr Duration service_age_max{std::chrono::minutes{1}};
/// Somebody else who changes our slice at the same time: read it again, this often at most.
constexpr int attempts_max{4};

std::string delete_body(const Slice& slice) {
  json::object preconditions{};
  preconditions["uid"] = slice.metadata.uid;
  preconditions["resourceVersion"] = slice.metadata.resource_version;
  json::object options{};
  options["apiVersion"] = "v1";
  options["kind"] = "DeleteOptions";
  options["preconditions"] = std::move(preconditions);
  return json::serialize(options);
}

}  // namespace

EndpointSliceTraffic::EndpointSliceTraffic(std::string name, Settings settings,
                                           std::unique_ptr<kubernetes::ApiServer> server,
                                           io::Clock& clock)
    : name_{std::move(name)},
      settings_{std::move(settings)},
      server_{std::move(server)},
      clock_{clock} {}

EndpointSliceTraffic::Place EndpointSliceTraffic::place_of(const std::string& workload) const {
  const std::string service{service_of(settings_, workload)};
  const std::size_t slash{service.find('/')};
  if (slash != std::string::npos) return {service.substr(0, slash), service.substr(slash + 1)};
  if (!settings_.name_space.empty()) return {settings_.name_space, service};
  return {server_->name_space().empty() ? "default" : server_->name_space(), service};
}

asio::awaitable<Result<void>> EndpointSliceTraffic::discover(io::Deadline deadline) {
  if (resource_) co_return Result<void>{};
  ApiRequest request{};
  request.target = "/apis/discovery.k8s.io";
  const auto group = co_await server_->send(std::move(request), deadline);
  if (!group) co_return group.error();
  std::optional<std::string> version{};
  if (group->status == 200) {
    const auto offered = kubernetes::parse_group_versions(group->body);
    if (!offered) co_return offered.error();
    const std::vector<std::string> understood{"v1", "v1beta1"};
    version = kubernetes::choose_version(*offered, understood);
  } else if (group->status != 404) {
    co_return kubernetes::error_of_answer("discovering discovery.k8s.io", *group);
  }
  if (!version) {
    co_return Error{
        Errc::bad_request,
        server_->where() + ": this server has no EndpointSlices (Kubernetes 1.17+ has)"};
  }
  resource_ = kubernetes::Resource{
      .group = "discovery.k8s.io", .version = *version, .plural = "endpointslices"};
  co_return Result<void>{};
}

Result<void> EndpointSliceTraffic::keep(const json::object& object) {
  auto slice = parse_slice(object);
  if (!slice) return slice.error();
  std::string key{slice->metadata.key()};
  slices_.insert_or_assign(std::move(key), std::move(*slice));
  return {};
}

/// One listing for all workloads: theirs are told apart by a label.
asio::awaitable<Result<void>> EndpointSliceTraffic::refresh(io::Deadline deadline) {
  const Result<void> discovered = co_await discover(deadline);
  if (!discovered) co_return discovered;
  const TimePoint now{clock_.now()};
  if (listed_at_ && now - *listed_at_ < settings_.share_listing) co_return Result<void>{};
  const std::string name_space{spans_namespaces(settings_) ? std::string{}
                                                           : place_of("any").name_space};
  std::map<std::string, Slice> found{};
  std::string next{};
  do {
    io::QueryParams parameters{
        {"labelSelector", fmt::format("{}={}", managed_by_label, managed_by)}, {"limit", "500"}};
    if (!next.empty()) parameters.emplace_back("continue", next);
    ApiRequest request{};
    request.target =
        io::with_query(kubernetes::collection_path(*resource_, name_space), parameters);
    const auto answer = co_await server_->send(std::move(request), deadline);
    if (!answer) co_return answer.error();
    if (answer->status != 200) {
      co_return kubernetes::error_of_answer("listing endpointslices", *answer);
    }
    const auto page = kubernetes::parse_list_page(answer->body);
    if (!page) co_return with_context("listing endpointslices", page.error());
    for (const json::object& item : page->items) {
      auto slice = parse_slice(item);
      if (!slice) co_return slice.error();
      std::string key{slice->metadata.key()};
      found.insert_or_assign(std::move(key), std::move(*slice));
    }
    next = page->next;
  } while (!next.empty());
  slices_ = std::move(found);
  listed_at_ = now;
  co_return Result<void>{};
}

asio::awaitable<Result<std::vector<ListedBackend>>> EndpointSliceTraffic::list(
    std::string workload, io::Deadline deadline) {
  const Result<void> refreshed = co_await refresh(deadline);
  if (!refreshed) co_return refreshed.error();
  const Place place{place_of(workload)};
  std::vector<ListedBackend> listed{};
  for (const auto& [key, slice] : slices_) {
    const bool is_its{slice.workload == workload && slice.service == place.service &&
                      slice.metadata.name_space == place.name_space};
    if (!is_its) continue;
    for (ListedBackend& each : backends_of(slice)) listed.push_back(std::move(each));
  }
  co_return listed;
}

asio::awaitable<Result<void>> EndpointSliceTraffic::admit(Backend backend, io::Deadline deadline) {
  return change(Change::admit, std::move(backend), deadline);
}

asio::awaitable<Result<void>> EndpointSliceTraffic::drain(Backend backend, io::Deadline deadline) {
  return change(Change::drain, std::move(backend), deadline);
}

asio::awaitable<Result<void>> EndpointSliceTraffic::evict(Backend backend, io::Deadline deadline) {
  return change(Change::evict, std::move(backend), deadline);
}

/// First where it is already, then, to admit it, where it belongs: at another port or address the
/// old entry goes.
asio::awaitable<Result<void>> EndpointSliceTraffic::change(Change what, Backend backend,
                                                           io::Deadline deadline) {
  const Result<void> refreshed = co_await refresh(deadline);
  if (!refreshed) co_return refreshed;
  const Place place{place_of(backend.workload)};
  std::string belongs_to{};
  if (what == Change::admit) {
    const bool is_ipv6{backend.ip.find(':') != std::string::npos};
    belongs_to =
        place.name_space + "/" + slice_name(place.service, backend.workload, backend.port, is_ipv6);
    const Result<void> added = co_await add(backend, deadline);
    if (!added) co_return added;
  }
  std::vector<std::string> keys{};
  for (const auto& [key, slice] : slices_) {
    const bool is_its{slice.workload == backend.workload && slice.service == place.service &&
                      slice.metadata.name_space == place.name_space};
    if (is_its && key != belongs_to) keys.push_back(key);
  }
  const Change elsewhere{what == Change::admit ? Change::evict : what};
  for (const std::string& key : keys) {
    const Result<void> changed = co_await change_slice(key, elsewhere, backend, deadline);
    if (!changed) co_return changed;
  }
  co_return Result<void>{};
}

asio::awaitable<Result<void>> EndpointSliceTraffic::add(Backend backend, io::Deadline deadline) {
  const Place place{place_of(backend.workload)};
  const Result<Service> service = co_await read_service(place, deadline);
  if (!service) co_return service.error();
  const bool is_ipv6{backend.ip.find(':') != std::string::npos};
  const std::string slice{slice_name(place.service, backend.workload, backend.port, is_ipv6)};
  const std::string key{place.name_space + "/" + slice};
  for (int attempt{0}; attempt < attempts_max; ++attempt) {
    const auto found = slices_.find(key);
    if (found != slices_.end()) {
      co_return co_await change_slice(key, Change::admit, std::move(backend), deadline);
    }
    Slice fresh{.service = place.service,
                .workload = backend.workload,
                .is_ipv6 = is_ipv6,
                .port = backend.port,
                .port_name = service->port_name,
                .service_uid = service->uid};
    fresh.metadata.name = slice;
    fresh.metadata.name_space = place.name_space;
    put(fresh, backend, true);
    const Result<void> written = co_await write(std::move(fresh), deadline);
    if (written || written.error().code != Errc::transitioning) co_return written;
    // It is there after all: somebody made it since the listing.
    const Result<void> read = co_await reread(place.name_space, slice, deadline);
    if (!read) co_return read;
  }
  co_return Error{Errc::transitioning, key + ": comes and goes"};
}

asio::awaitable<Result<void>> EndpointSliceTraffic::change_slice(std::string key, Change what,
                                                                 Backend backend,
                                                                 io::Deadline deadline) {
  for (int attempt{0}; attempt < attempts_max; ++attempt) {
    const auto found = slices_.find(key);
    if (found == slices_.end()) {
      if (what == Change::admit) co_return Error{Errc::transitioning, key + ": is gone"};
      co_return Result<void>{};
    }
    Slice changed{found->second};
    bool is_different{false};
    if (what == Change::evict) {
      is_different = remove(changed, backend.group.name);
    } else if (what == Change::admit) {
      is_different = put(changed, backend, true);
    } else {
      for (Endpoint& each : changed.endpoints) {
        if (each.group != backend.group.name || !each.is_ready) continue;
        each.is_ready = false;
        is_different = true;
      }
    }
    if (!is_different) co_return Result<void>{};
    if (changed.endpoints.size() > endpoints_max) {
      co_return Error{Errc::no_capacity,
                      fmt::format("{}: a slice has at most {} endpoints", key, endpoints_max)};
    }
    const std::string name_space{changed.metadata.name_space};
    const std::string name{changed.metadata.name};
    const Result<void> written = co_await write(std::move(changed), deadline);
    if (written || written.error().code != Errc::transitioning) co_return written;
    const Result<void> read = co_await reread(name_space, name, deadline);
    if (!read) co_return read;
  }
  co_return Error{Errc::transitioning, key + ": somebody else keeps changing it"};
}

/// A new slice is made, an empty one deleted, any other replaced, each only as we know it.
asio::awaitable<Result<void>> EndpointSliceTraffic::write(Slice slice, io::Deadline deadline) {
  const std::string key{slice.metadata.key()};
  const bool is_new{slice.metadata.resource_version.empty()};
  const bool is_empty{slice.endpoints.empty()};
  ApiRequest request{};
  request.target =
      is_new ? kubernetes::collection_path(*resource_, slice.metadata.name_space)
             : kubernetes::object_path(*resource_, slice.metadata.name_space, slice.metadata.name);
  if (is_empty) {
    request.method = "DELETE";
    request.body = delete_body(slice);
  } else {
    request.method = is_new ? "POST" : "PUT";
    request.body = json::serialize(slice_body(slice, kubernetes::api_version(*resource_)));
  }
  const auto answer = co_await server_->call(std::move(request), deadline);
  if (!answer) {
    const bool is_gone{answer.error().code == Errc::not_found};
    if (is_gone) slices_.erase(key);
    if (is_gone && is_empty) co_return Result<void>{};
    // What happened is not known: the next call lists.
    listed_at_.reset();
    // Replacing what is gone: it is to be made anew.
    if (is_gone && !is_new) co_return Error{Errc::transitioning, answer.error().context};
    co_return answer.error();
  }
  if (is_empty) {
    slices_.erase(key);
    co_return Result<void>{};
  }
  co_return keep(*answer);
}

asio::awaitable<Result<void>> EndpointSliceTraffic::reread(std::string name_space, std::string name,
                                                           io::Deadline deadline) {
  ApiRequest request{};
  request.target = kubernetes::object_path(*resource_, name_space, name);
  const auto answer = co_await server_->call(std::move(request), deadline);
  if (!answer && answer.error().code == Errc::not_found) {
    slices_.erase(name_space + "/" + name);
    co_return Result<void>{};
  }
  if (!answer) co_return answer.error();
  co_return keep(*answer);
}

asio::awaitable<Result<EndpointSliceTraffic::Service>> EndpointSliceTraffic::read_service(
    Place place, io::Deadline deadline) {
  const std::string key{place.name_space + "/" + place.service};
  const auto known = services_.find(key);
  const TimePoint now{clock_.now()};
  if (known != services_.end() && now - known->second.read_at < service_age_max) {
    co_return known->second;
  }
  ApiRequest request{};
  request.target = kubernetes::object_path(kubernetes::services(), place.name_space, place.service);
  const auto answer = co_await server_->call(std::move(request), deadline);
  if (!answer && answer.error().code == Errc::not_found) {
    co_return Error{Errc::bad_request,
                    fmt::format("there is no Service {} in the namespace {}; set `service`",
                                place.service, place.name_space)};
  }
  if (!answer) co_return answer.error();
  FieldReader fields{};
  Service service{.uid = fields.text(fields.object(&*answer, "metadata"), "uid"), .read_at = now};
  const json::object* const spec{fields.object(&*answer, "spec")};
  const auto ports = fields.objects(spec, "ports");
  bool has_port{false};
  std::string names{};
  for (const json::object* const port : ports) {
    const std::string name{fields.text(port, "name")};
    names += (names.empty() ? "" : ", ") + name;
    const bool is_it{settings_.port_name.empty() || name == settings_.port_name};
    if (has_port || !is_it) continue;
    has_port = true;
    service.port_name = name;
  }
  if (fields.mistake()) co_return with_context("Service " + key, *fields.mistake());
  if (!has_port) {
    co_return Error{Errc::bad_request, fmt::format("Service {} has no port {}; it has: {}", key,
                                                   settings_.port_name, names)};
  }
  services_.insert_or_assign(key, service);
  co_return service;
}

Result<std::shared_ptr<Traffic>> make_endpoint_slice_traffic(asio::io_context& context,
                                                             io::Clock& clock, std::string name,
                                                             const Settings& settings) {
  auto server = kubernetes::make_api_server(context, clock, settings.connection);
  if (!server) return server.error();
  return std::shared_ptr<Traffic>{
      std::make_shared<EndpointSliceTraffic>(std::move(name), settings, std::move(*server), clock)};
}

}  // namespace spillway::endpoint_slice
