#include "controller/provider/aci/operation.hpp"

#include <utility>

#include "controller/provider/aci/json_fields.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

std::string operation_link(const io::Headers& headers) {
  for (const char* name : {"Azure-AsyncOperation", "Location"}) {
    if (const auto link = headers.find(name); link && !link->empty()) return std::string{*link};
  }
  return {};
}

Result<OperationReport> parse_operation(const io::HttpResponse& response) {
  OperationReport report{};
  if (response.status == 202) return report;
  report.state = OperationState::succeeded;
  if (response.body.empty()) return report;
  const auto document = parse_object(response.body);
  if (!document) return with_context("operation", document.error());
  FieldReader fields{};
  const std::string status{fields.text(*document, "status")};
  // A document without a status is the resource itself, at the end of a Location.
  if (equals_ignoring_case(status, "Failed") || equals_ignoring_case(status, "Canceled")) {
    report.state = OperationState::failed;
    if (const auto* error = fields.object(*document, "error")) {
      report.code = fields.text(*error, "code");
      report.message = fields.text(*error, "message");
    }
  } else if (!status.empty() && !equals_ignoring_case(status, "Succeeded")) {
    report.state = OperationState::running;
  }
  if (fields.mistake()) return with_context("operation", *fields.mistake());
  return report;
}

}  // namespace spillway::aci
