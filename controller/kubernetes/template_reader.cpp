#include "controller/kubernetes/template_reader.hpp"

#include <algorithm>
#include <utility>

#include "controller/io/http.hpp"
#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/resources.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

Result<KeyedData> content_of(const Reference& reference, const io::HttpResponse& answer) {
  const bool is_secret{reference.kind == Reference::Kind::secret};
  if (answer.status == 404) return KeyedData{.why_not = "there is none"};
  if (answer.status == 403) {
    return KeyedData{.why_not = "our account may not read it (verb get)"};
  }
  if (answer.status != 200) return error_of_answer("reading " + to_string(reference), answer);
  const auto object = parse_object(answer.body);
  if (!object) return with_context(to_string(reference), object.error());
  return is_secret ? parse_secret(*object) : parse_config_map(*object);
}

}  // namespace

TemplateReader::TemplateReader(ApiServer& server, io::Clock& clock, Duration references_age)
    : server_{server}, clock_{clock}, references_age_{references_age} {}

asio::awaitable<Result<DerivedTemplate>> TemplateReader::read(PodOwner owner,
                                                              io::Deadline deadline) {
  const std::string key{std::string{to_string(owner.kind)} + " " + owner.metadata.key()};
  if (!owner.pod_template) co_return Error{Errc::malformed, key + ": no pod template"};
  Known& known{known_[key]};
  const bool is_new{known.uid != owner.metadata.uid ||
                    known.generation != owner.metadata.generation};
  if (is_new) known.references = references_of(*owner.pod_template);
  std::uint64_t newest{0};
  ReferencedData referenced{};
  const std::set<Reference> references{known.references};
  for (const Reference& each : references) {
    Place place{owner.metadata.name_space, each};
    const Result<void> read = co_await read_reference(place, deadline);
    if (!read) co_return read.error();
    const Content& content{contents_.at(place)};
    newest = std::max(newest, content.version);
    referenced.emplace(each, content.data);
  }
  Known& now{known_[key]};  // another caller may have added entries meanwhile
  if (!is_new && now.version == newest) co_return now.result;
  TemplateSource source{};
  source.pod_template = owner.pod_template.get();
  source.name_space = owner.metadata.name_space;
  source.claims = owner.claim_templates;
  source.referenced = &referenced;
  auto derived = derive_replica(source);
  if (!derived) co_return with_context(key, derived.error());
  now.uid = owner.metadata.uid;
  now.generation = owner.metadata.generation;
  now.version = newest;
  now.result = *derived;
  co_return derived;
}

asio::awaitable<Result<void>> TemplateReader::read_reference(Place place, io::Deadline deadline) {
  const auto found = contents_.find(place);
  const bool is_known{found != contents_.end()};
  const TimePoint now{clock_.now()};
  if (is_known && now - found->second.read_at < references_age_) co_return Result<void>{};
  const Reference& reference{place.second};
  const Resource resource{reference.kind == Reference::Kind::secret ? secrets() : config_maps()};
  ApiRequest request{};
  request.target = object_path(resource, place.first, reference.name);
  const auto answer = co_await server_.send(std::move(request), deadline);
  Result<KeyedData> content{Error{Errc::unavailable, "not read"}};
  if (answer) {
    content = content_of(reference, *answer);
  } else {
    content = answer.error();
  }
  if (!content && !is_known) co_return content.error();
  Content& kept{contents_[place]};
  // Not asked again at once while the server is in trouble.
  kept.read_at = now;
  if (content && (!is_known || *content != kept.data)) {
    kept.data = std::move(*content);
    kept.version = ++version_;
  }
  co_return Result<void>{};
}

}  // namespace spillway::kubernetes
