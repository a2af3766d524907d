// Everything that can be set about one emulator, with defaults that work as they are.
// Filled from the command line (main.cpp) and from a YAML file (config_file.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway::emulator {

/// Every version of Microsoft.ContainerInstance that was ever published: answers have one shape,
/// which all of their clients read.
std::vector<std::string> all_api_versions();

/// What an image does when it runs. The process backend needs `command`; the others shape both.
struct ImageRule {
  std::vector<std::string> command{};  ///< program and arguments; `{ip}`, `{port}`... are replaced
  std::map<std::string, std::string> environment{};
  std::optional<Duration> pull{};  ///< time to pull; without it, from `size_mb`
  double size_mb{50};
  std::optional<Duration> run{};    ///< simulated: the container ends by itself after this
  int exit_code{0};                 ///< simulated: with this code
  std::vector<std::string> logs{};  ///< simulated: what it prints when it starts
  std::string refuse{};             ///< error code of a PUT with this image, e.g. InaccessibleImage
  bool allow_command{false};        ///< process: a command in the request replaces ours
};

/// Another issuer whose tokens a client may show in place of a secret (workload identity). Issuer
/// and subject may have `*` as a wildcard.
struct Federation {
  std::string issuer{};
  std::string subject{};
  std::string audience{"api://AzureADTokenExchange"};
  std::string public_key{};  ///< PEM: the token must be signed with it; empty: nobody looks
};

struct Client {
  std::string tenant;
  std::string id;
  std::string secret;
  std::vector<std::string> certificates{};  ///< PEM texts, for signed assertions
  std::vector<Federation> federations{};
};

/// What a virtual machine or an app may be without a secret.
struct Identity {
  std::string client_id;
  std::string object_id;
  std::string resource_id{};  ///< of a user-assigned identity; empty: the system's own
};

/// How long-running operations tell the client where to poll.
enum class LroHeaders { both, azure_async, location, neither };

/// What a DELETE does to a group that is still being created.
enum class DeleteDuringCreate {
  conflict,  ///< 409 ContainerGroupTransitioning, as the service answers
  accept,    ///< the creation is cancelled and the group goes
  forget,    ///< 202, and the group comes to life all the same (seen in the wild)
};

/// Start time: log-normal around `median`, of which a third passes before the pull begins.
struct StartTime {
  Duration median{std::chrono::seconds{25}};
  double sigma{0.35};
  double pull_mb_per_second{50};
  Duration give_up_after{std::chrono::minutes{30}};
};

struct Limits {
  int groups_per_region{100};
  double cores_per_region{100};
  double spot_cores_per_region{100};
  int creates_per_5_minutes{100};
  int creates_per_hour{300};
  int deletes_per_5_minutes{100};
  int deletes_per_hour{300};
  int vm_cores_per_region{100};
  std::optional<double> capacity_cores{};  ///< the region itself has no more than this
};

/// A token bucket of ARM: `size` requests at once, then `per_second`.
struct BucketSize {
  double size;
  double per_second;
};

struct ArmLimits {
  BucketSize reads{250, 25};
  BucketSize writes{200, 10};
  BucketSize deletes{200, 10};
};

/// What the platform does to groups that run, by itself: exponentially distributed.
struct Weather {
  double spot_evictions_per_hour{0};  ///< of each Spot group
  double moves_per_day{0};            ///< of each group: maintenance, with a new address
};

struct Prices {
  double vcpu_second{0.00001125};  ///< US dollars, East US
  double gb_second{0.000001236};
  double spot_factor{0.3};
};

enum class BackendKind { simulated, process, docker };

struct EmulatorOptions {
  // Where we listen.
  std::string listen{"127.0.0.1:0"};
  std::string http_listen{};           ///< a second, plain listener, as IMDS is one; empty: none
  std::string tls_certificate_file{};  ///< PEM; empty means plain http
  std::string tls_key_file{};
  std::size_t body_bytes_max{4U << 20U};  ///< ARM's own limit on a request
  std::size_t header_bytes_max{32U << 10U};
  Duration idle_timeout{std::chrono::minutes{2}};
  std::string record_file{};  ///< every exchange goes there as a line of JSON; empty: nowhere

  // Who may come, and what is there.
  bool auth{true};
  std::string tenant{"11111111-1111-1111-1111-111111111111"};
  std::vector<Client> clients{};  ///< empty: the built-in one, see default_client()
  Duration token_lifetime{std::chrono::seconds{3599}};
  std::vector<std::string> subscriptions{"00000000-0000-0000-0000-000000000000"};
  std::vector<std::string> resource_groups{"spillway"};
  std::vector<std::string> regions{"eastus",        "eastus2",    "westus",     "westus2",
                                   "swedencentral", "westeurope", "northeurope"};
  std::vector<std::string> api_versions{all_api_versions()};
  std::vector<Identity> identities{};  ///< empty: the built-in one, see default_identity()
  std::string identity_header{"emulator-identity"};  ///< IDENTITY_HEADER of an App Service

  // How it behaves.
  BackendKind backend{BackendKind::simulated};
  std::string docker_host{};  ///< unix:///path/of.sock; empty: $DOCKER_HOST, or the usual path
  double speed{1.0};          ///< emulator seconds per real second
  bool manual_time{false};    ///< time moves only by advance(): for tests
  std::uint64_t seed{1};
  StartTime start{};
  Duration standby_start{};                    ///< until a group out of a standby pool runs
  Duration vm_start{std::chrono::minutes{1}};  ///< median until a scale set's new instance runs
  Weather weather{};
  Duration delete_time{std::chrono::seconds{5}};
  Duration stop_grace{std::chrono::seconds{5}};  ///< real time between SIGTERM and SIGKILL
  Duration retry_after{std::chrono::seconds{5}};
  LroHeaders lro_headers{LroHeaders::both};
  DeleteDuringCreate delete_during_create{DeleteDuringCreate::conflict};
  bool synchronous_delete{false};  ///< DELETE answers 200 with the group instead of 202
  std::size_t page_size{100};
  std::size_t price_page_size{1000};    ///< of the Retail Prices API
  std::string addresses{"127.42.0.0"};  ///< groups get addresses from this /16 upward
  Limits limits{};
  ArmLimits arm_limits{};
  Prices prices{};
  std::map<std::string, ImageRule> images{};  ///< by image name; `*` is a glob
};

/// The client that exists when none is configured: documented in --help, so that it just works.
Client default_client(const EmulatorOptions& options);

/// The identity of the machine when none is configured: the system's own.
Identity default_identity(const EmulatorOptions& options);

/// The rule of the first image pattern that matches; exact names win. Null if none does.
const ImageRule* find_image(const EmulatorOptions& options, const std::string& image);

}  // namespace spillway::emulator
