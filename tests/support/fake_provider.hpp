// An honest small cloud for tests, in virtual time: it remembers what exists, writes down every
// call in order, takes its time, and can be told to misbehave the way the real one does. It lives
// by the same contract as the real adapter (tests/contract/provider runs both).
// What a group is follows from the clock alone: nothing runs in the background.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::testing {

/// What a delete does to a group that is still being created; the real service does all three.
enum class DeleteDuringCreate {
  refused,    ///< `transitioning`
  accepted,   ///< the creation is cancelled and the group goes
  forgotten,  ///< accepted, and the group comes to life all the same
};

/// How the cloud behaves. Public and changeable at any time; what is under way keeps its course.
struct FakeCloud {
  std::string owner{"test"};                      ///< whose groups `list` shows and `remove` takes
  Duration pull_after{std::chrono::seconds{10}};  ///< acceptance to billing and address
  Duration start_time{std::chrono::seconds{30}};  ///< acceptance to running containers
  Duration remove_time{std::chrono::seconds{5}};  ///< accepted delete to 404
  Duration answer_time{0};                        ///< what each call takes
  Duration visible_after{0};  ///< acceptance to the first `get` that does not say 404
  Duration listing_lag{0};    ///< how long listings miss new groups and still show deleted ones
  DeleteDuringCreate delete_during_create{DeleteDuringCreate::refused};
  int groups_per_region{100};  ///< quota
  double cores_per_region{100.0};
  int creates_per_5_minutes{100};
  int deletes_per_5_minutes{100};
  std::optional<double> capacity_cores{};  ///< more than this, over all regions: no_capacity
  std::map<std::string, Error> refusing_regions{};  ///< creates there fail with this
  std::optional<Error> refusing_removals{};         ///< deletes of what exists fail with this
  std::map<Place, Error> unlisted_places{};  ///< listings have a hole there; `{}`: in no place
  std::set<std::string> spent_regions{};     ///< no create tokens left there
  std::optional<Error> outage{};             ///< every call fails with this while it is set
};

/// One group of the cloud, ours or not.
struct FakeGroup {
  GroupRequest request{};
  TimePoint accepted_at{};
  TimePoint billed_from{};                    ///< in truth
  TimePoint pulled_at{};                      ///< what is told: the pull of the last start
  std::optional<TimePoint> provisioned_at{};  ///< nothing: stuck in creation
  std::string failure{};                      ///< set: provisioning ends in failure
  std::optional<Errc> failed_with{};          ///< what kind of failure, if the cloud tells
  std::optional<TimePoint> deleted_at{};      ///< of the accepted delete
  std::optional<TimePoint> gone_at{};         ///< nothing while `deleted_at` is set: stuck
  std::optional<TimePoint> ended_at{};        ///< its containers
  int exit_code{1};                           ///< of its main container, once that has ended
  bool is_repairing{false};                   ///< while it is not provisioned
  bool was_evicted{false};                    ///< and an event says so
  int restarts{0};
  bool is_warm{false};  ///< came from a standby pool
  std::string ip{};
  std::string log{"started\n"};                      ///< of its main container
  std::map<std::string, std::string> logs_beside{};  ///< of its sidecars
};

class FakeProvider final : public BurstProvider {
 public:
  enum class Call { create, get, list, remove, usages, logs };

  /// `clock` must outlive the provider.
  explicit FakeProvider(io::Clock& clock, FakeCloud behaviour = {});

  boost::asio::awaitable<Result<void>> create(GroupRequest request, io::Deadline deadline) override;
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                   io::Deadline deadline) override;
  int create_tokens(TimePoint now) const override;
  int create_tokens_in(const Place& place, TimePoint now) const override;

  // --- weather: what goes wrong next ---

  /// The next call of this kind fails with `error` and does nothing. Several queue up.
  void fail_next(Call call, Error error);
  /// The next call of this kind does its work, and its answer never comes: `timeout` at the
  /// deadline.
  void lose_next_answer(Call call);
  /// The next creates take this long instead of `start_time`.
  void start_next_within(Duration start_time) { next_start_times_.push_back(start_time); }
  /// The next accepted create fails in provisioning, at the time it would have run.
  void fail_next_start(std::string reason, std::optional<Errc> kind = Errc::no_capacity) {
    next_start_failures_.emplace_back(std::move(reason), kind);
  }
  /// The next accepted create never ends.
  void stick_next_create() { is_next_create_stuck_ = true; }
  /// The next accepted delete never ends, until `unstick`.
  void stick_next_remove() { is_next_remove_stuck_ = true; }

  // --- what happens to groups without our doing; the name must exist ---

  /// Somebody else's group: without any owner tag of ours.
  void add_foreign(std::string name, std::string owner = {});
  /// The group is gone at once, as if deleted in the portal.
  void vanish(std::string_view name);
  /// Its containers end and stay ended, the main one with this exit code, the others with 0.
  void end_containers(std::string_view name, std::string reason = "Terminated with exit code 1",
                      int exit_code = 1);
  /// A container of it writes something.
  void write_log(std::string_view name, const std::string& container, std::string_view text);
  /// The platform moves it: new address, one more restart.
  void move(std::string_view name);
  /// The platform mends its node: it starts once more, as "Repairing", and keeps its address.
  void repair(std::string_view name);
  /// Its Spot capacity is taken back: it starts once more by itself. `says_so`: in an event.
  void evict(std::string_view name, bool says_so = true);
  /// A stuck create or delete ends now.
  void unstick(std::string_view name);

  /// Asked for each accepted create: true if a warm group is taken instead of a cold start.
  std::function<bool(const GroupRequest&)> takes_warm{};

  // --- what tests look at ---

  /// What was asked, in order: `create web-1`, `list`, ... also calls that failed.
  std::vector<std::string> calls{};
  FakeCloud behaviour{};

  std::size_t count_calls(std::string_view beginning) const;
  /// Names of the groups that exist now, ours and foreign, sorted.
  std::vector<std::string> names() const;
  /// The group if it exists now.
  const FakeGroup* find(std::string_view name) const;
  /// The sum over all groups, gone ones included, of the time the cloud charges for.
  Duration billed_time() const;

 private:
  struct Weather {
    std::optional<Error> error{};  ///< nothing is done, and this is the answer
    bool is_answer_lost{false};
  };

  Weather begin(Call call, std::string_view name, io::Deadline deadline);
  template <class T>
  boost::asio::awaitable<Result<T>> deliver(Weather weather, Result<T> outcome,
                                            io::Deadline deadline);

  Result<void> accept(GroupRequest request);
  Result<void> start_removal(std::string_view name);
  Result<ProviderGroup> look_at(std::string_view name);
  std::vector<ProviderGroup> listing() const;
  std::optional<Error> refusal(const GroupRequest& request) const;
  std::vector<ProviderContainer> containers_of(const FakeGroup& group, Running state) const;
  ProviderGroup describe(const FakeGroup& group, bool with_containers) const;
  double cores_in(std::string_view region) const;
  int groups_in(std::string_view region) const;
  void settle();
  FakeGroup& existing(std::string_view name);
  void start_again(FakeGroup& group);

  io::Clock& clock_;
  std::map<std::string, FakeGroup, std::less<>> world_{};
  std::vector<FakeGroup> gone_{};
  std::map<Call, std::deque<Weather>> weather_{};
  std::deque<Duration> next_start_times_{};
  std::deque<std::pair<std::string, std::optional<Errc>>> next_start_failures_{};
  bool is_next_create_stuck_{false};
  bool is_next_remove_stuck_{false};
  std::vector<TimePoint> creates_{};
  std::vector<TimePoint> deletes_{};
  int addresses_given_{0};
};

}  // namespace spillway::testing
