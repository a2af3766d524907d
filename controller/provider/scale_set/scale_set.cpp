#include "controller/provider/scale_set/scale_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::scale_set {

namespace asio = boost::asio;

namespace {

constexpr std::string_view version{"2024-07-01"};
constexpr double machines_max{1000.0};  // what a scale set can have

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

void describe(Fields& fields, Settings& settings) {
  fields.text("name", settings.name,
              {.presence = Presence::required,
               .max_length = 64,
               .expected = "the name of a scale set: letters, digits, - _ .",
               .is_valid = is_name},
              "The VM scale set that the cluster's extra machines belong to.");
  fields.text("subscription", settings.subscription, {.max_length = 128},
              "Left out: the provider's.");
  fields.text(
      "resource_group", settings.resource_group,
      {.max_length = 90,
       .expected = "1-90 letters, digits, - _ . ( ), no . last",
       .is_valid =
           [](std::string_view text) { return text.empty() || aci::is_resource_group_name(text); }},
      "Left out: the provider's.");
}

Result<VmPoolState> parse_set(std::string_view body) {
  const auto document = aci::parse_object(body);
  if (!document) return with_context("scale set", document.error());
  aci::FieldReader fields{};
  VmPoolState state{};
  const auto* sku = fields.object(*document, "sku");
  const auto capacity = sku ? fields.number(*sku, "capacity") : std::nullopt;
  if (!capacity) fields.expected("a number", "sku.capacity");
  if (capacity) state.capacity = static_cast<int>(std::clamp(*capacity, 0.0, machines_max));
  if (const auto* properties = fields.object(*document, "properties")) {
    const std::string words{fields.text(*properties, "provisioningState")};
    state.is_changing = aci::equals_ignoring_case(words, "Updating") ||
                        aci::equals_ignoring_case(words, "Creating");
  }
  if (fields.mistake()) return with_context("scale set", *fields.mistake());
  return state;
}

Result<int> parse_ready(std::string_view body) {
  const auto document = aci::parse_object(body);
  if (!document) return with_context("instances of a scale set", document.error());
  aci::FieldReader fields{};
  double ready{0.0};
  const auto* machines = fields.object(*document, "virtualMachine");
  const auto* summary = machines ? fields.array(*machines, "statusesSummary") : nullptr;
  if (summary != nullptr) {
    for (const boost::json::value& element : *summary) {
      const auto* each = fields.element(element, "statusesSummary");
      if (each == nullptr) break;
      const bool is_ready{
          aci::equals_ignoring_case(fields.text(*each, "code"), "ProvisioningState/succeeded")};
      if (is_ready) ready += fields.number(*each, "count").value_or(0.0);
    }
  }
  if (fields.mistake()) return with_context("instances of a scale set", *fields.mistake());
  return static_cast<int>(std::clamp(ready, 0.0, machines_max));
}

ScaleSet::ScaleSet(aci::ArmClient& arm, const Settings& settings)
    : arm_{arm},
      name_{settings.name},
      path_{fmt::format("/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/"
                        "virtualMachineScaleSets/{}",
                        io::percent_encode(settings.subscription),
                        io::percent_encode(settings.resource_group),
                        io::percent_encode(settings.name))} {}

aci::ArmRequest ScaleSet::request(std::string_view end, std::string what) const {
  aci::ArmRequest made{};
  made.path = path_ + std::string{end};
  made.what = std::move(what) + " " + name_;
  made.api_version = version;
  return made;
}

asio::awaitable<Result<VmPoolState>> ScaleSet::observe(io::Deadline deadline) {
  aci::ArmRequest read_set{request("", "reading scale set")};
  const Result<io::HttpResponse> set = co_await arm_.send(std::move(read_set), deadline);
  if (!set) co_return set.error();
  Result<VmPoolState> state{parse_set(set->body)};
  if (!state) co_return state;
  aci::ArmRequest read_view{request("/instanceView", "reading instances of scale set")};
  const Result<io::HttpResponse> view = co_await arm_.send(std::move(read_view), deadline);
  if (!view) co_return view.error();
  const Result<int> ready{parse_ready(view->body)};
  if (!ready) co_return ready.error();
  state->ready = std::min(*ready, state->capacity);
  co_return state;
}

asio::awaitable<Result<void>> ScaleSet::resize(int machines, io::Deadline deadline) {
  aci::ArmRequest patch{request("", "resizing scale set")};
  patch.method = "PATCH";
  patch.body = fmt::format(R"({{"sku":{{"capacity":{}}}}})", machines);
  const Result<io::HttpResponse> answer = co_await arm_.send(std::move(patch), deadline);
  if (!answer) co_return answer.error();
  co_return Result<void>{};
}

}  // namespace spillway::scale_set
