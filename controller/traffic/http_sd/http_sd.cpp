#include "controller/traffic/http_sd/http_sd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace spillway::http_sd {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

bool is_label_name(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
         std::all_of(text.begin(), text.end(), is_legal);
}

bool are_label_names(const std::map<std::string, std::string>& labels) {
  return std::all_of(labels.begin(), labels.end(),
                     [](const auto& label) { return is_label_name(label.first); });
}

std::string target_of(const Backend& backend, int port) {
  const bool is_ipv6{backend.ip.find(':') != std::string::npos};
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", backend.ip, is_ipv6 ? "]" : "",
                     port > 0 ? port : backend.port);
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.count("port", settings.port, {.min = 0, .max = 65535},
               "Port that burst replicas serve /metrics on; 0 = the one that traffic goes to.");
  fields.text_map("labels", settings.labels, {.max_length = 1024},
                  "Labels for every target, for example `job`, or `__metrics_path__`.");
  fields.require(are_label_names(settings.labels),
                 "labels have names of letters, digits and _, not beginning with a digit");
}

std::string render(const std::vector<Backend>& backends, const Settings& settings) {
  json::array groups{};
  for (const Backend& backend : backends) {
    json::object labels{};
    labels["workload"] = backend.workload;
    labels["__meta_spillway_group"] = backend.group.name;
    for (const auto& [name, value] : settings.labels) labels[name] = value;
    json::object group{};
    group["targets"] = json::array{json::string{target_of(backend, settings.port)}};
    group["labels"] = std::move(labels);
    groups.push_back(std::move(group));
  }
  return json::serialize(groups);
}

HttpSdTraffic::HttpSdTraffic(std::string name, Settings settings)
    : name_{std::move(name)}, settings_{std::move(settings)} {}

asio::awaitable<Result<std::vector<ListedBackend>>> HttpSdTraffic::list(std::string workload,
                                                                        io::Deadline) {
  std::vector<ListedBackend> listed{};
  for (const auto& [group, entry] : by_group_) {
    if (entry.backend.workload == workload) listed.push_back(entry);
  }
  co_return listed;
}

asio::awaitable<Result<void>> HttpSdTraffic::admit(Backend backend, io::Deadline) {
  ListedBackend& entry{by_group_[backend.group.name]};
  entry.backend = std::move(backend);
  entry.state = BackendState::admitted;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> HttpSdTraffic::drain(Backend backend, io::Deadline) {
  const auto found = by_group_.find(backend.group.name);
  if (found != by_group_.end()) found->second.state = BackendState::draining;
  co_return Result<void>{};
}

asio::awaitable<Result<void>> HttpSdTraffic::evict(Backend backend, io::Deadline) {
  by_group_.erase(backend.group.name);
  co_return Result<void>{};
}

std::string HttpSdTraffic::body() const {
  std::vector<Backend> backends{};
  for (const auto& [group, entry] : by_group_) backends.push_back(entry.backend);
  return render(backends, settings_);
}

}  // namespace spillway::http_sd
