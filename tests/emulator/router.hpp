// Which handler answers which method and path. Paths compare without case, as ARM's do.
// Handlers are plain functions over a Call: one family of resources per file.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/message.hpp"
#include "tests/emulator/url.hpp"

namespace spillway::emulator {

class World;
class Authority;

/// One request on its way through a handler.
struct Call {
  const Request& request;
  const Url& url;
  World& world;
  Authority& authority;
  std::map<std::string, std::string, std::less<>> captures{};  ///< `{name}` in the pattern, decoded
  std::string api_version{};
  std::function<void(Duration)> advance{};  ///< moves emulator time forward

  const std::string& capture(std::string_view name) const;
};

/// Which api-versions a route takes.
enum class Versions {
  none,                ///< not an ARM path: no api-version, no bearer token
  any,                 ///< a resource provider we only play along with: any well-formed version
  container_instance,  ///< the versions of Microsoft.ContainerInstance that are configured
};

using Handler = Response (*)(const Call&);

struct Route {
  std::string_view method;
  std::string_view pattern;    ///< `/subscriptions/{subscription}/...`
  std::string_view operation;  ///< name for counters, as the API description calls it
  Versions versions;
  Handler handler;
};

class Router {
 public:
  /// Later routes do not shadow earlier ones: the first match wins.
  void add(std::span<const Route> routes);

  struct Match {
    const Route* route{nullptr};         ///< null: no such path, or not with this method
    std::vector<std::string> allowed{};  ///< the methods that this path does have
    std::map<std::string, std::string, std::less<>> captures{};
  };
  Match find(std::string_view method, const Url& url) const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_{};
};

}  // namespace spillway::emulator
