// The only place that names concrete adapters: builds from a configuration what the loop and the
// commands work with. What is built holds what it needs alive.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/probe.hpp"
#include "controller/io/random.hpp"
#include "controller/loop/control_loop.hpp"
#include "controller/provider/aci/diagnosis.hpp"
#include "controller/provider/aci/retail_prices.hpp"
#include "controller/settings/config.hpp"
#include "controller/wiring/node_purse.hpp"
#include "metrics/signal_reader.hpp"

namespace spillway::virtual_node {
class VirtualNode;
}
namespace spillway::http_sd {
class HttpSdTraffic;
}
namespace spillway::aci {
class FormerScopes;
}

namespace spillway::wiring {

/// What every adapter shares: the context, time, randomness, plain HTTP and probes.
struct Outside {
  /// `system` is the machine's clock.
  explicit Outside(
      std::function<io::RealClock::SystemTime()> system = std::chrono::system_clock::now);

  boost::asio::io_context context{};
  io::RealClock clock;
  io::SystemRandom random{};
  std::unique_ptr<io::HttpClient> http;
  std::unique_ptr<io::HttpClient> probe_http;  ///< takes any certificate
  std::unique_ptr<io::Prober> prober;
};

/// The burst provider with its own connection, credential and rate limits.
class Provider;
struct ProviderDeleter {
  void operator()(Provider* provider) const;
};
using ProviderHandle = std::unique_ptr<Provider, ProviderDeleter>;

/// Errors: bad_request, with the settings that are missing or unusable.
Result<ProviderHandle> make_provider(Outside& outside, const settings::Config& config);
/// The same; without the section, in mode `observe`, one in which nothing runs: it is not needed to
/// decide.
Result<ProviderHandle> make_provider_or_none(Outside& outside, const settings::Config& config);
/// Logs in with the secret or certificate of `config` from now on. Error: bad_request; then with
/// the former one.
Result<void> renew_identity(Outside& outside, Provider& provider, const settings::Config& config);
/// Whether the two logins differ at most in their secrets, which `renew_identity` takes over.
bool is_same_but_secrets(const settings::ProviderConfig& before,
                         const settings::ProviderConfig& after);
BurstProvider& burst_provider(Provider& provider);
/// The scopes beside those of the settings in which it looks for what is ours; null if there is no
/// provider.
aci::FormerScopes* former_scopes(Provider& provider);
/// Has everybody who removes what is ours look into the former scopes, and removes nothing: they
/// hear what is there. Errors are theirs, too. `provider` must outlive the coroutine.
boost::asio::awaitable<void> look_around(Provider& provider, io::Deadline deadline);
/// Whether there is a virtual node that looks after its groups; else the loop and sweep do.
void leave_groups_to_node(Provider& provider, bool has_node);
StandbyPools& standby_pools(Provider& provider);

/// The prices of the table that the settings name, and below them the dated ones that came with the
/// program. Errors: those of reading
/// it; `malformed`.
Result<aci::PriceBook> read_prices(const settings::Config& config);
/// The price of a group of `size` in `place`, by settings, table and `learned` prices: of a group
/// that no offer is for.
HourlyPrice price_of(const settings::Config& config, const aci::PriceBook& learned,
                     const Place& place, const GroupSize& size);
/// Asks for the list prices of every region in the settings. Errors: `bad_request` for a cloud that
/// has no price list, those of fetch_all_prices. `outside` must outlive the coroutine.
boost::asio::awaitable<Result<aci::PriceBook>> fetch_prices(Outside& outside,
                                                            const settings::Config& config,
                                                            io::Deadline deadline);

/// What `spillway doctor` finds for the workloads of `config`, which has a provider. All must
/// outlive the coroutine.
boost::asio::awaitable<std::vector<Finding>> examine(Outside& outside, Provider& provider,
                                                     const settings::Config& config,
                                                     io::Deadline deadline);

/// The same for its clusters: whether each can be read, and what it says about its services.
boost::asio::awaitable<std::vector<Finding>> examine_clusters(Outside& outside,
                                                              const settings::Config& config,
                                                              io::Deadline deadline);

/// What a configuration becomes. Swapped as a whole by a reload.
struct Assembly {
  LoopConfig loop{};
  std::shared_ptr<SignalReader> signals{};
  std::map<std::string, std::shared_ptr<http_sd::HttpSdTraffic>> service_discovery{};
  std::map<std::string, std::shared_ptr<Cluster>> clusters{};
  /// What its offers cost; newer prices are merged into it, and `ControlLoop::reprice` takes them.
  std::shared_ptr<aci::PriceBook> prices{};
};

/// What a virtual node spends is written here, and asked of these.
struct NodeMoney {
  Store& store;
  const aci::PriceBook& learned;  ///< prices beside the settings' table, as they are when asked
  std::function<OtherBurst()> others;
};

/// How many workloads want the virtual node to be open; nothing: it is not known.
using NodeDemand = std::function<std::optional<int>()>;

/// The virtual node, over the connection of `provider`: its groups carry the owner tag
/// `OWNER-node`, so that the loop leaves them alone. Null if the settings have none. `money` refers
/// to what must outlive it; `wanting` is asked which of `open_for` want it open. Errors:
/// bad_request; those of the provider's settings, of the price table and of the way to the API
/// server.
Result<std::shared_ptr<virtual_node::VirtualNode>> make_virtual_node(Outside& outside,
                                                                     const settings::Config& config,
                                                                     Provider& provider,
                                                                     NodeMoney money,
                                                                     NodeDemand wanting);

/// Builds sources, clusters, traffic and workloads. `outside` and `provider` must outlive the
/// result; without a provider no machines are resized. The last believed readings of `before` are
/// taken over; null on the first start. `learned` are prices beside the settings' table, the newest
/// of which counts. Errors: bad_request, with the name of the section.
Result<Assembly> assemble(Outside& outside, const settings::Config& config, const Assembly* before,
                          Provider* provider, const aci::PriceBook& learned = {});

}  // namespace spillway::wiring
