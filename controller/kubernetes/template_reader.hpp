// The replica that each workload's pod template describes, kept until the template or something it
// refers to changes. ConfigMaps and Secrets are read one by one, only those that are named: the
// account needs no right to list them, and workloads that share one cost one request. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/objects.hpp"
#include "controller/kubernetes/pod_template.hpp"

namespace spillway::kubernetes {

class TemplateReader {
 public:
  /// What is older than `references_age` is read again. All must outlive this.
  TemplateReader(ApiServer& server, io::Clock& clock, Duration references_age);

  /// What `owner` describes now. A reference that cannot be read for the moment keeps its last
  /// content; one that does not exist or is not ours to read is a remark. Errors: those of the
  /// server, where there is no last content; `malformed`.
  boost::asio::awaitable<Result<DerivedTemplate>> read(PodOwner owner, io::Deadline deadline);

 private:
  using Place = std::pair<std::string, Reference>;  // namespace and name
  struct Content {
    KeyedData data{};
    TimePoint read_at{};
    std::uint64_t version{0};
  };
  struct Known {
    std::string uid{};
    int generation{0};
    std::set<Reference> references{};
    std::uint64_t version{0};  ///< the newest of its references
    DerivedTemplate result{};
  };

  boost::asio::awaitable<Result<void>> read_reference(Place place, io::Deadline deadline);

  ApiServer& server_;
  io::Clock& clock_;
  Duration references_age_;
  std::map<Place, Content> contents_{};
  std::map<std::string, Known> known_{};
  std::uint64_t version_{0};
};

}  // namespace spillway::kubernetes
