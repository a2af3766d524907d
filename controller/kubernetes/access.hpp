// From settings, environment and files to one API server and one user. Reads files and the
// environment that it is given, once, at the start; talks to nobody.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/kubernetes/connection_settings.hpp"
#include "controller/kubernetes/kubeconfig.hpp"

namespace spillway::kubernetes {

/// A variable of the environment; nothing if it is not set.
using Variables = std::function<std::optional<std::string>(std::string_view)>;

/// The variables of this process.
Variables process_variables();

/// In this order: `server`; `kubeconfig`; the files of $KUBECONFIG (several with `:` between them
/// are merged, missing ones skipped); the account of the pod; ~/.kube/config. Errors:
/// `bad_request`, saying where it looked; those of reading and of `parse_kubeconfig`.
Result<Access> find_access(const ConnectionSettings& settings, const Variables& variables,
                           std::string_view account_directory = service_account_directory);

/// The text itself, or that of the file. Errors: those of `read_file`.
Result<io::Secret> text_of(const DataOrFile& source);

}  // namespace spillway::kubernetes
