#include "controller/cluster/kubernetes/settings.hpp"

#include <algorithm>

namespace spillway::kubernetes {

namespace {

bool is_name_space(std::string_view text) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return text.empty() || (text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
                          std::all_of(text.begin(), text.end(), is_legal));
}

}  // namespace

void describe(Fields& fields, ClusterSettings& settings) {
  fields.section(
      "connection", [&](Fields& inner) { describe(inner, settings.connection); },
      "The API server, and who we are there. Left out: as kubectl finds it.");
  fields.text("namespace", settings.name_space,
              {.max_length = 63,
               .expected = "1 to 63 lower case letters, digits and hyphens",
               .is_valid = is_name_space},
              "Namespace of services that name none. Left out: that of the kubeconfig's context, "
              "else `default`.");
  choose(fields, "scope", settings.scope, scope_words,
         "`cluster` watches all namespaces, which the room on the nodes needs; `namespace` watches "
         "this one only, for accounts without rights beyond it.");
  choose(fields, "unsupported", settings.unsupported, unsupported_words,
         "A pod template with something that a burst replica cannot have and may not work without "
         "(a claimed volume, a missing Secret): `refuse` to burst, or `leave_out` that part.");
  choose(fields, "cordoned", settings.cordoned, cordoned_words,
         "Ready pods on a cordoned node: `count` them, or `leave_out` as many as their disruption "
         "budget lets a drain take, so that the burst is there before they go.");
  fields.duration("stale_after", settings.stale_after,
                  {.min = std::chrono::seconds{1}, .max = std::chrono::minutes{10}},
                  "After the API server was out of reach for this long its last word is not "
                  "believed any more.");
  fields.duration("references_age", settings.references_age,
                  {.min = std::chrono::seconds{10}, .max = std::chrono::hours{24}},
                  "How often ConfigMaps and Secrets that a template refers to are read again.");
}

}  // namespace spillway::kubernetes
