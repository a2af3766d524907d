#include "controller/wiring/node_groups.hpp"

#include <utility>

namespace spillway::wiring {

namespace asio = boost::asio;

namespace {

constexpr Duration list_node_every{std::chrono::minutes{10}};

/// Our own verdict on the tag of what was read, which no request was refused for. What Azure
/// refuses (a lock, a missing right) has the id of its request, and nothing to do with whose it is.
bool is_about_the_tag(const Error& error) {
  return error.code == Errc::denied && error.request_id.empty();
}

}  // namespace

asio::awaitable<Result<void>> WithNodeGroups::create(GroupRequest request, io::Deadline deadline) {
  co_return co_await loop_.create(std::move(request), deadline);
}

asio::awaitable<Result<ProviderGroup>> WithNodeGroups::get(GroupId id, io::Deadline deadline) {
  GroupId same{id};
  auto found = co_await loop_.get(std::move(id), deadline);
  const bool may_be_node{!has_node_ && !found && is_about_the_tag(found.error())};
  if (!may_be_node) co_return found;
  auto of_node = co_await node_.get(std::move(same), deadline);
  if (of_node) of_node->tags.workload.insert(0, pod_prefix);
  co_return of_node;
}

asio::awaitable<Result<Listing>> WithNodeGroups::list(io::Deadline deadline) {
  auto listed = co_await loop_.list(deadline);
  const TimePoint now{clock_.now()};
  const bool is_due{!has_node_ && listed &&
                    (!listed_node_at_ || now - *listed_node_at_ >= list_node_every)};
  if (!is_due) co_return listed;
  auto of_node = co_await node_.list(deadline);
  if (!of_node) co_return of_node;
  if (of_node->is_whole()) listed_node_at_ = now;
  for (ProviderGroup& group : of_node->groups) {
    group.tags.workload.insert(0, pod_prefix);
    listed->groups.push_back(std::move(group));
  }
  for (Unlisted& each : of_node->unlisted) listed->unlisted.push_back(std::move(each));
  co_return listed;
}

asio::awaitable<Result<void>> WithNodeGroups::remove(GroupId id, io::Deadline deadline) {
  GroupId same{id};
  auto removed = co_await loop_.remove(std::move(id), deadline);
  const bool may_be_node{!has_node_ && !removed && is_about_the_tag(removed.error())};
  if (!may_be_node) co_return removed;
  co_return co_await node_.remove(std::move(same), deadline);
}

asio::awaitable<Result<std::vector<Usage>>> WithNodeGroups::usages(Place place,
                                                                   io::Deadline deadline) {
  co_return co_await loop_.usages(std::move(place), deadline);
}

asio::awaitable<Result<std::string>> WithNodeGroups::logs(GroupId id, LogQuery query,
                                                          io::Deadline deadline) {
  co_return co_await loop_.logs(std::move(id), std::move(query), deadline);
}

int WithNodeGroups::create_tokens(TimePoint now) const {
  return loop_.create_tokens(now);
}

int WithNodeGroups::create_tokens_in(const Place& place, TimePoint now) const {
  return loop_.create_tokens_in(place, now);
}

void WithNodeGroups::note_past_create(const Place& place, TimePoint at) {
  loop_.note_past_create(place, at);
}

void WithNodeGroups::note_past_remove(const Place& place, TimePoint at) {
  loop_.note_past_remove(place, at);
}

}  // namespace spillway::wiring
