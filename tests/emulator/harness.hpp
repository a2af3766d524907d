// A cloud with a simulated backend and a hand-turned clock, and short words to talk to it in tests.
// No sockets: requests go straight into the handler core.
#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "tests/emulator/cloud.hpp"
#include "tests/emulator/simulated_backend.hpp"

namespace spillway::emulator {

/// A small group as clients describe it; tests change what matters to them.
inline boost::json::value small_group(double cpu = 1, std::string_view region = "eastus") {
  return {{"location", region},
          {"tags", {{"spillway-owner", "test"}}},
          {"properties",
           {{"osType", "Linux"},
            {"restartPolicy", "Always"},
            {"ipAddress", {{"type", "Public"}, {"ports", boost::json::array{{{"port", 8000}}}}}},
            {"containers",
             boost::json::array{
                 {{"name", "main"},
                  {"properties",
                   {{"image", "demo/web:1"},
                    {"ports", boost::json::array{{{"port", 8000}}}},
                    {"resources", {{"requests", {{"cpu", cpu}, {"memoryInGB", 1.5}}}}}}}}}}}}};
}

/// Options under which every start takes the same time and no token is needed.
inline EmulatorOptions plain_options() {
  EmulatorOptions options;
  options.auth = false;
  options.start = {.median = std::chrono::seconds{30}, .sigma = 0};
  options.images["*"].pull = std::chrono::seconds{0};
  return options;
}

struct Harness {
  explicit Harness(EmulatorOptions with = plain_options())
      : options{std::move(with)}, backend{options}, cloud{options, backend, now} {}

  Response send(std::string_view method, const std::string& target, const std::string& body = {},
                Headers headers = {}) {
    const bool typed{find_header(headers, "Content-Type") != nullptr};
    if (!body.empty() && !typed) headers.emplace_back("Content-Type", "application/json");
    const Request request{.method = std::string{method},
                          .target = target,
                          .base_url = "https://arm.test",
                          .headers = std::move(headers),
                          .body = body};
    return cloud.handle(request, now);
  }
  static std::string path(const std::string& rest, const std::string& version = "2025-09-01") {
    const std::string mark{rest.find('?') == std::string::npos ? "?" : "&"};
    return "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/spillway/providers/"
           "Microsoft.ContainerInstance/containerGroups" +
           rest + mark + "api-version=" + version;
  }
  Response put(const std::string& name, const boost::json::value& body = small_group()) {
    return send("PUT", path("/" + name), boost::json::serialize(body));
  }
  Response get(const std::string& name) { return send("GET", path("/" + name)); }
  Response remove(const std::string& name) { return send("DELETE", path("/" + name)); }
  Response post(const std::string& name, const std::string& verb) {
    return send("POST", path("/" + name + "/" + verb));
  }
  Response admin(const std::string& what, const boost::json::value& body) {
    return send("POST", "/_emulator/" + what, boost::json::serialize(body));
  }
  /// Puts the group and lets it start.
  void start(const std::string& name, const boost::json::value& body = small_group()) {
    put(name, body);
    now += std::chrono::minutes{2};
  }
  /// `properties.provisioningState/instanceView.state`, or the error's code.
  std::string state(const std::string& name);

  EmulatorOptions options;
  SimulatedBackend backend;
  TimePoint now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}};
  Cloud cloud;
};

inline boost::json::value json_of(const Response& response) {
  boost::system::error_code error;
  boost::json::value body(boost::json::parse(response.body, error));
  return error ? boost::json::value(nullptr) : body;
}

/// The text at a JSON pointer of the answer; empty if there is none.
inline std::string text_at(const Response& response, std::string_view pointer) {
  const boost::json::value body(json_of(response));
  boost::system::error_code error;
  const boost::json::value* found{body.find_pointer(pointer, error)};
  if (found == nullptr) return {};
  return found->is_string() ? std::string{found->get_string()} : boost::json::serialize(*found);
}

inline std::string code_of(const Response& response) {
  return text_at(response, "/error/code");
}

inline std::string header_of(const Response& response, std::string_view name) {
  const std::string* found{find_header(response.headers, name)};
  return found == nullptr ? std::string{} : *found;
}

inline std::string Harness::state(const std::string& name) {
  const Response response{get(name)};
  if (response.status != 200) return code_of(response);
  return text_at(response, "/properties/provisioningState") + "/" +
         text_at(response, "/properties/instanceView/state");
}

/// The target of an absolute link that the cloud gave us.
inline std::string target_of(const std::string& url) {
  return url.substr(std::string{"https://arm.test"}.size());
}

}  // namespace spillway::emulator
