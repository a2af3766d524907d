// A long-running operation of ARM: where its end is reported, and what a report means. Both ways
// that Azure has are understood: Azure-AsyncOperation (a document about the operation) and Location
// (the answer that a synchronous call would have given). Pure; nobody waits here.
#pragma once

#include <string>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::aci {

/// The link in the headers of an accepted request: Azure-AsyncOperation, else Location; empty if
/// neither is there (then the resource itself tells, by its provisioningState).
std::string operation_link(const io::Headers& headers);

enum class OperationState { running, succeeded, failed };

struct OperationReport {
  OperationState state{OperationState::running};
  std::string code{};     ///< of a failure
  std::string message{};  ///< of a failure
};

/// What a 2xx answer from the link says. Error: `malformed`.
Result<OperationReport> parse_operation(const io::HttpResponse& response);

}  // namespace spillway::aci
