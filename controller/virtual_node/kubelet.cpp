// The answers that the API server gets from this node's kubelet port: who may ask has been decided
// by TLS before. The rest of VirtualNode is in virtual_node.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "controller/virtual_node/kubelet_answers.hpp"
#include "controller/virtual_node/kubelet_request.hpp"
#include "controller/virtual_node/log_text.hpp"
#include "controller/virtual_node/virtual_node.hpp"

namespace spillway::virtual_node {

namespace asio = boost::asio;

namespace {

constexpr Duration logs_timeout{std::chrono::seconds{20}};

int status_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return 404;
    case Errc::throttled:
      return 429;
    case Errc::timeout:
      return 504;
    default:
      return 502;
  }
}

/// What is asked of the provider: with the instants where lines are chosen by them.
LogQuery query_of(const LogRequest& asked, std::string container) {
  const bool is_by_time{asked.since || asked.since_time};
  // What is chosen by time, or followed, is cut by us.
  const int lines{is_by_time || asked.follows
                      ? std::numeric_limits<int>::max()
                      : asked.tail_lines.value_or(std::numeric_limits<int>::max())};
  return {std::move(container), lines, asked.with_times || is_by_time};
}

/// `text` as it was asked for; `now` is when.
std::string as_asked(std::string text, const LogRequest& asked, TimePoint now) {
  if (asked.since || asked.since_time) {
    const TimePoint since{asked.since_time.value_or(now - asked.since.value_or(Duration{0}))};
    text = lines_since(text, since, asked.with_times);
  }
  if (asked.tail_lines) text = last_lines(std::move(text), *asked.tail_lines);
  return text;
}

/// The output as it comes: read again and again, since container groups do not stream it.
class LogStream final : public io::LiveBody {
 public:
  LogStream(io::Clock& clock, BurstProvider& provider, GroupId group, LogRequest asked,
            std::string container, std::string first)
      : clock_{clock},
        provider_{provider},
        group_{std::move(group)},
        asked_{std::move(asked)},
        container_{std::move(container)},
        first_{std::move(first)},
        heard_at_{clock.now()} {}

  asio::awaitable<std::optional<std::string>> next() override {
    if (first_) {
      std::string bytes{std::exchange(first_, std::nullopt).value()};
      static_cast<void>(tail_.news(bytes));
      co_return limited(as_asked(std::move(bytes), asked_, clock_.now()));
    }
    const Result<void> slept = co_await clock_.sleep_until(clock_.now() + poll_every);
    if (!slept) co_return std::string{};
    if (!is_open_) co_return std::nullopt;
    LogQuery query{query_of(asked_, container_)};
    GroupId id{group_};
    const auto text = co_await provider_.logs(std::move(id), std::move(query),
                                              io::deadline_after(clock_, logs_timeout));
    const bool is_gone{!text && text.error().code == Errc::not_found};
    // Whoever is gone without a word is noticed only when something is written.
    const bool is_silent{clock_.now() - heard_at_ > silence_max};
    if (is_gone || is_silent) co_return std::nullopt;
    if (!text) co_return std::string{};
    std::string fresh{tail_.news(*text)};
    if (!fresh.empty()) heard_at_ = clock_.now();
    const bool strips{!asked_.with_times && (asked_.since || asked_.since_time)};
    if (strips) fresh = lines_since(fresh, std::nullopt, false);
    co_return limited(std::move(fresh));
  }
  void close() override { is_open_ = false; }
  std::string_view idle_bytes() const override { return {}; }

 private:
  static constexpr Duration poll_every{std::chrono::seconds{2}};
  static constexpr Duration silence_max{std::chrono::minutes{30}};

  std::optional<std::string> limited(std::string bytes) {
    if (!asked_.bytes_max) return bytes;
    const std::size_t left{*asked_.bytes_max - std::min(*asked_.bytes_max, sent_)};
    if (left == 0) return std::nullopt;
    bytes.resize(std::min(bytes.size(), left));
    sent_ += bytes.size();
    return bytes;
  }

  io::Clock& clock_;
  BurstProvider& provider_;
  GroupId group_;
  LogRequest asked_;
  std::string container_;
  std::optional<std::string> first_;
  TimePoint heard_at_;
  LogTail tail_{};
  std::size_t sent_{0};
  bool is_open_{true};
};

}  // namespace

asio::awaitable<io::HttpReply> VirtualNode::answer_kubelet(io::HttpRequest request) {
  const KubeletRequest asked{parse_kubelet_request(request.method, request.url.target)};
  if (std::holds_alternative<HealthRequest>(asked)) co_return say(200, "ok");
  if (std::holds_alternative<SummaryRequest>(asked)) {
    co_return say_json(summary_body(settings_.name, ready_since_));
  }
  // No sample: see `summary_body`. Without the page the scrape of this node would fail each time.
  if (std::holds_alternative<ResourceMetricsRequest>(asked)) co_return say(200, "");
  if (const auto* const refusal = std::get_if<KubeletRefusal>(&asked)) {
    const bool is_remote{refusal->status == 501 || request.headers.find("Upgrade")};
    if (is_remote) co_return say_status(refusal->status, refusal->words);
    co_return say(refusal->status, refusal->words + "\n");
  }
  if (const auto* const remote = std::get_if<RemoteRequest>(&asked)) {
    co_return answer_remote(request, *remote);
  }
  if (const auto* const forward = std::get_if<ForwardRequest>(&asked)) {
    co_return answer_forward(request, *forward);
  }
  LogRequest logs{std::get<LogRequest>(asked)};
  co_return co_await answer_logs(std::move(logs));
}

asio::awaitable<io::HttpReply> VirtualNode::answer_logs(LogRequest logs) {
  const BoundPod* const pod{pods_.find(logs.pod)};
  if (pod == nullptr) {
    co_return say(404, fmt::format("no pod {} runs on {}\n", logs.pod, settings_.name));
  }
  const PodShape shape{shape_of(*pod->object)};
  if (std::ranges::find(shape.containers, logs.container) == shape.containers.end()) {
    co_return say(400, fmt::format("pod {} has no container {}\n", logs.pod, logs.container));
  }
  const auto known = known_.find(pod->metadata.uid);
  const bool has_begun{known != known_.end() && known->second.state.started_at};
  if (!has_begun) {
    co_return say(
        400, fmt::format("container {} of pod {} is waiting to start\n", logs.container, logs.pod));
  }
  if (logs.tail_lines == 0 && !logs.follows) co_return say(200, "");
  const bool is_main{logs.container == shape.main};
  const std::string container{is_main ? std::string{main_container_name} : logs.container};
  GroupId id{group_name(settings_.name, pod->metadata.uid)};
  GroupId group{id};
  LogQuery query{query_of(logs, container)};
  auto output = co_await parts_.provider.logs(std::move(id), std::move(query),
                                              io::deadline_after(parts_.clock, logs_timeout));
  if (!output) co_return say(status_of(output.error().code), to_string(output.error()) + "\n");
  if (logs.follows) {
    auto stream = std::make_shared<LogStream>(parts_.clock, parts_.provider, std::move(group), logs,
                                              container, std::move(*output));
    co_return io::HttpReply{say(200, ""), std::move(stream)};
  }
  *output = as_asked(std::move(*output), logs, parts_.clock.now());
  if (logs.bytes_max && output->size() > *logs.bytes_max) output->resize(*logs.bytes_max);
  co_return say(200, std::move(*output));
}

}  // namespace spillway::virtual_node
