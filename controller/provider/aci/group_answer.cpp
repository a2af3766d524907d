#include "controller/provider/aci/group_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "controller/io/http.hpp"
#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/group_body.hpp"
#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr std::size_t reason_bytes{300};

int to_count(double number) {
  constexpr double highest{std::numeric_limits<int>::max()};
  return static_cast<int>(std::clamp(number, 0.0, highest));
}

/// Nothing without a number; what no exit code can be is brought into the range of an int.
std::optional<int> exit_code_of(std::optional<double> number) {
  if (!number) return std::nullopt;
  constexpr double highest{std::numeric_limits<int>::max()};
  return static_cast<int>(std::clamp(*number, -highest, highest));
}

/// Reads one group's JSON; the pieces share the reader's first mistake.
class GroupReader {
 public:
  Result<ProviderGroup> read(const json::object& group) {
    ProviderGroup result{};
    result.id.name = lower(fields_.text(group, "name"));
    if (result.id.name.empty()) fields_.expected("a name", "name");
    result.place.region = region_name(fields_.text(group, "location"));
    result.place.subscription = subscription_of(fields_.text(group, "id"));
    read_zone(group, result.place);
    if (const auto* tags = fields_.object(group, "tags")) read_tags(*tags, result);
    if (const auto* properties = fields_.object(group, "properties")) {
      read_properties(*properties, result);
    }
    if (fields_.mistake()) return *fields_.mistake();
    return result;
  }

 private:
  /// `/subscriptions/ID/...`; the words compare without case.
  static std::string subscription_of(std::string_view id) {
    constexpr std::string_view before{"/subscriptions/"};
    if (!equals_ignoring_case(id.substr(0, before.size()), before)) return {};
    id.remove_prefix(before.size());
    return std::string{id.substr(0, id.find('/'))};
  }

  void read_zone(const json::object& group, Place& place) {
    const auto* zones = fields_.array(group, "zones");
    if (zones == nullptr || zones->empty()) return;
    if (zones->front().is_string()) {
      place.zone = std::string{zones->front().get_string()};
    } else {
      fields_.expected("a list of texts", "zones");
    }
  }

  void read_tags(const json::object& tags, ProviderGroup& result) {
    for (const auto& [name, value] : tags) {
      if (!value.is_string()) continue;  // a foreign tag of any shape is nobody's business
      const std::string_view text{value.get_string()};
      if (equals_ignoring_case(name, owner_tag)) result.tags.owner = text;
      if (equals_ignoring_case(name, workload_tag)) result.tags.workload = text;
      if (equals_ignoring_case(name, template_tag)) result.tags.template_hash = text;
      if (equals_ignoring_case(name, cluster_tag)) result.tags.cluster = text;
      // A damaged time counts as very old, a damaged count as 1: the group can still be reaped.
      if (equals_ignoring_case(name, intent_at_tag)) {
        result.tags.created_at = parse_time(text).value_or(TimePoint{});
      }
      if (equals_ignoring_case(name, replicas_tag)) {
        int count{0};
        const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
        if (parsed.ec == std::errc{} && count > 0) result.size.replicas = Replicas{count};
      }
    }
  }

  void read_properties(const json::object& properties, ProviderGroup& result) {
    result.provisioning = provisioning_of(fields_.text(properties, "provisioningState"));
    if (equals_ignoring_case(fields_.text(properties, "priority"), "Spot")) {
      result.place.priority = Priority::spot;
    }
    const json::value* const warm{properties.if_contains("isCreatedFromStandbyPool")};
    result.is_warm = warm != nullptr && warm->is_bool() && warm->get_bool();
    const auto* address = fields_.object(properties, "ipAddress");
    result.has_address = address != nullptr;
    if (address != nullptr) result.ip = fields_.text(*address, "ip");
    if (const auto* containers = fields_.array(properties, "containers")) {
      read_containers(*containers, result);
    }
    std::string state{};
    if (const auto* view = fields_.object(properties, "instanceView")) {
      state = fields_.text(*view, "state");
      read_events(*view, result);
      has_view_ = true;
    }
    if (has_view_) result.running = running_of(state);
    const bool is_end_known{result.running == Running::ended && containers_ > 0 &&
                            finished_ == containers_};
    if (is_end_known) result.ended_at = last_end_;
    const bool is_over{result.provisioning == Provisioning::failed ||
                       result.running == Running::ended};
    if (is_over) result.reason = io::excerpt(reason_, reason_bytes);
    if (is_over) result.failed_with = kind_of_failure(reason_code_, reason_);
  }

  /// The state of the last operation. Only Succeeded and Failed are to be relied upon; a missing
  /// one counts as Succeeded, as in all of ARM.
  static Provisioning provisioning_of(std::string_view state) {
    if (state.empty() || equals_ignoring_case(state, "Succeeded")) return Provisioning::succeeded;
    if (equals_ignoring_case(state, "Failed") || equals_ignoring_case(state, "Canceled")) {
      return Provisioning::failed;
    }
    if (equals_ignoring_case(state, "Deleting")) return Provisioning::deleting;
    // The platform moves the group or mends its node; a person's update and a new start are others.
    const bool is_mended{equals_ignoring_case(state, "Repairing") ||
                         equals_ignoring_case(state, "Unhealthy")};
    return is_mended ? Provisioning::repairing : Provisioning::pending;
  }

  void read_containers(const json::array& containers, ProviderGroup& result) {
    double cpu{0.0};
    double memory_gb{0.0};
    for (const json::value& element : containers) {
      const auto* container = fields_.element(element, "containers");
      if (container == nullptr) return;
      const auto* properties = fields_.object(*container, "properties");
      if (properties == nullptr) continue;
      if (const auto* resources = fields_.object(*properties, "resources")) {
        if (const auto* requests = fields_.object(*resources, "requests")) {
          cpu += fields_.number(*requests, "cpu").value_or(0.0);
          memory_gb += fields_.number(*requests, "memoryInGB").value_or(0.0);
        }
      }
      if (const auto* view = fields_.object(*properties, "instanceView")) {
        result.containers.push_back(read_container_view(*view, result));
        result.containers.back().name = fields_.text(*container, "name");
      }
    }
    result.size.vcpu = cpu;
    result.size.memory_gb = memory_gb;
  }

  ProviderContainer read_container_view(const json::object& view, ProviderGroup& result) {
    has_view_ = true;
    ++containers_;
    ProviderContainer made{.state = Running::waiting};
    made.restarts = to_count(fields_.number(view, "restartCount").value_or(0.0));
    result.restarts = to_count(static_cast<double>(result.restarts) + made.restarts);
    if (const auto* previous = fields_.object(view, "previousState")) {
      made.exit_code = exit_code_of(fields_.number(*previous, "exitCode"));
    }
    if (const auto* current = fields_.object(view, "currentState")) {
      read_current_state(*current, made);
    }
    read_events(view, result);
    return made;
  }

  void read_current_state(const json::object& current, ProviderContainer& made) {
    const std::string state{fields_.text(current, "state")};
    made.detail = io::excerpt(fields_.text(current, "detailStatus"), reason_bytes);
    made.started_at = parse_time(fields_.text(current, "startTime"));
    if (equals_ignoring_case(state, "Running")) {
      made.state = Running::running;
      ++running_;
    }
    if (!equals_ignoring_case(state, "Terminated")) return;
    made.state = Running::ended;
    made.exit_code = exit_code_of(fields_.number(current, "exitCode"));
    ++terminated_;
    note_end(current);
    made.ended_at = parse_time(fields_.text(current, "finishTime"));
    if (!made.ended_at) return;
    ++finished_;
    last_end_ = std::max(*made.ended_at, last_end_.value_or(*made.ended_at));
  }

  void note_end(const json::object& state) {
    const auto exit_code = fields_.number(state, "exitCode");
    const std::string detail{fields_.text(state, "detailStatus")};
    if (!reason_.empty()) return;
    reason_ = "container ended";
    if (exit_code) reason_ += fmt::format(" with exit code {:.0f}", *exit_code);
    if (!detail.empty()) reason_ += ": " + detail;
  }

  /// Azure documents no event for an eviction: these words are what its other services use. The
  /// events it does document quote images and paths, which may be called anything.
  static bool says_evicted(std::string_view name, std::string_view message) {
    for (const char* known :
         {"Pulling", "Pulled", "Created", "Started", "Failed", "BackOff", "FailedMount"}) {
      if (name == known) return false;
    }
    for (const std::string& text : {lower(name), lower(message)}) {
      for (const char* word : {"evict", "preempt"}) {
        if (text.find(word) != std::string::npos) return true;
      }
    }
    return false;
  }

  /// Billing begins with the first pull; the last warning is the best reason there is.
  void read_events(const json::object& view, ProviderGroup& result) {
    const auto* events = fields_.array(view, "events");
    if (events == nullptr) return;
    for (const json::value& element : *events) {
      const auto* event = fields_.element(element, "events");
      if (event == nullptr) return;
      const std::string name{fields_.text(*event, "name")};
      const std::string type{fields_.text(*event, "type")};
      const std::string message{fields_.text(*event, "message")};
      const auto first = parse_time(fields_.text(*event, "firstTimestamp"));
      // An image that is there already is not pulled: then the next step is the first one.
      const bool is_begin{name == "Pulling" || name == "Pulled" || name == "Created" ||
                          name == "Started"};
      if (is_begin && first) {
        result.billed_since = std::min(*first, result.billed_since.value_or(*first));
      }
      result.was_evicted = result.was_evicted || says_evicted(name, message);
      // Some failures come with type Normal (FailedMount in Azure's own example).
      const bool is_bad{type == "Warning" || name.starts_with("Failed") ||
                        kind_of_failure(name, "").has_value()};
      if (!is_bad) continue;
      reason_code_ = name;
      reason_ = message.empty() ? name : name + ": " + message;
    }
  }

  Running running_of(std::string_view state) const {
    for (const char* ended : {"Stopped", "Succeeded", "Failed"}) {
      if (equals_ignoring_case(state, ended)) return Running::ended;
    }
    const bool is_group_running{state.empty() || equals_ignoring_case(state, "Running")};
    if (is_group_running && containers_ > 0 && running_ == containers_) return Running::running;
    if (state.empty() && containers_ > 0 && terminated_ == containers_) return Running::ended;
    return Running::waiting;
  }

  FieldReader fields_{};
  bool has_view_{false};
  int containers_{0};
  int running_{0};
  int terminated_{0};
  int finished_{0};
  std::optional<TimePoint> last_end_{};
  std::string reason_code_{};
  std::string reason_{};
};

/// The owner tag of a group that may be damaged everywhere else; empty if there is none.
std::string owner_in(const json::object& group) {
  const json::value* const tags{group.if_contains("tags")};
  if (tags == nullptr || !tags->is_object()) return {};
  for (const auto& [name, value] : tags->get_object()) {
    if (equals_ignoring_case(name, owner_tag) && value.is_string()) {
      return std::string{value.get_string()};
    }
  }
  return {};
}

/// What a quota row counts, by the names that Azure has given it over the years.
void classify(Usage& usage) {
  for (const char* groups : {"ContainerGroups", "StandardContainerGroups"}) {
    if (equals_ignoring_case(usage.name, groups)) usage.what = Usage::What::groups;
  }
  if (equals_ignoring_case(usage.name, "StandardCores")) usage.what = Usage::What::cores;
  if (equals_ignoring_case(usage.name, "ConfidentialCores")) {
    usage.what = Usage::What::confidential_cores;
  }
  if (equals_ignoring_case(usage.name, "StandardSpotCores")) {
    usage.what = Usage::What::cores;
    usage.priority = Priority::spot;
  }
}

}  // namespace

Result<ProviderGroup> parse_group(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("container group", document.error());
  GroupReader reader{};
  auto group = reader.read(*document);
  if (!group) return with_context("container group", std::move(group).error());
  return group;
}

Result<GroupPage> parse_group_page(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("list of container groups", document.error());
  FieldReader fields{};
  GroupPage page{};
  page.next_link = fields.text(*document, "nextLink");
  const auto* value = fields.array(*document, "value");
  if (value == nullptr) fields.expected("a list", "value");
  if (fields.mistake()) return with_context("list of container groups", *fields.mistake());
  for (const json::value& element : *value) {
    if (!element.is_object()) {
      page.unreadable.push_back({{}, Error{Errc::malformed, "an element that is no object"}});
      continue;
    }
    GroupReader reader{};
    auto group = reader.read(element.get_object());
    if (group) {
      page.groups.push_back(std::move(*group));
    } else {
      page.unreadable.push_back({owner_in(element.get_object()), std::move(group).error()});
    }
  }
  return page;
}

Result<std::vector<Usage>> parse_usages(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("usages", document.error());
  FieldReader fields{};
  std::vector<Usage> rows{};
  const auto* value = fields.array(*document, "value");
  if (value == nullptr) fields.expected("a list", "value");
  if (fields.mistake()) return with_context("usages", *fields.mistake());
  for (const json::value& element : *value) {
    const auto* row = fields.element(element, "value");
    if (row == nullptr) break;
    const auto* name = fields.object(*row, "name");
    const auto used = fields.number(*row, "currentValue");
    const auto limit = fields.number(*row, "limit");
    if (name == nullptr || !used || !limit) {
      fields.expected("a row with name, currentValue and limit", "value");
      break;
    }
    Usage usage{fields.text(*name, "value"), to_count(*used), to_count(*limit)};
    classify(usage);
    rows.push_back(std::move(usage));
  }
  if (fields.mistake()) return with_context("usages", *fields.mistake());
  return rows;
}

Result<std::string> parse_logs(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return with_context("logs", document.error());
  FieldReader fields{};
  std::string content{fields.text(*document, "content")};
  if (fields.mistake()) return with_context("logs", *fields.mistake());
  return content;
}

}  // namespace spillway::aci
