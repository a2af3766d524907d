#include "controller/traffic/template_file/template_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "controller/io/atomic_file.hpp"
#include "controller/io/http.hpp"
#include "controller/io/log.hpp"
#include "controller/io/program.hpp"

namespace spillway::template_file {

namespace asio = boost::asio;

namespace {

/// Of a command's output, in an error.
constexpr std::size_t shown_bytes{600};
/// A command that prints more is broken, or is no check.
constexpr std::size_t output_bytes_max{256UL * 1024};
/// A text that was refused is not tried again in every tick: a check may be dear.
constexpr Duration refusal_age{std::chrono::seconds{15}};

std::vector<ListedBackend> listing_of(const BackendSet& backends) {
  std::vector<ListedBackend> listed{};
  listed.reserve(backends.size());
  for (const auto& [group, entry] : backends) listed.push_back(entry);
  return listed;
}

}  // namespace

TemplateFileTraffic::TemplateFileTraffic(asio::io_context& context, io::Clock& clock,
                                         std::string name, Settings settings, Template parsed,
                                         std::string template_text)
    : name_{std::move(name)},
      settings_{std::move(settings)},
      clock_{clock},
      turnstile_{context},
      template_{std::move(parsed)},
      template_text_{std::move(template_text)} {}

Result<TemplateFileTraffic::File*> TemplateFileTraffic::file_for(const std::string& workload) {
  const bool is_another{!serves_many(settings_) && !files_.empty() && !files_.contains(workload)};
  if (is_another) {
    return Error{Errc::bad_request,
                 fmt::format("traffic {}: {} already belongs to workload {}, so {} needs a `file` "
                             "of its own (or one with {{{{workload}}}} in its name)",
                             name_, settings_.file, files_.begin()->first, workload)};
  }
  return &files_[workload];
}

/// A template that can be read and parsed replaces the one in use; else that stays in use.
void TemplateFileTraffic::refresh_template() {
  const auto text = io::read_file(settings_.template_path, template_bytes_max);
  if (text && *text == template_text_) {
    if (broken_ && broken_->code != Errc::malformed) broken_.reset();  // it can be read again
    return;
  }
  std::optional<Error> failure{};
  if (text) {
    template_text_ = *text;
    auto parsed = Template::parse(*text);
    if (parsed) {
      template_ = std::move(*parsed);
    } else {
      failure = with_context(settings_.template_path, parsed.error());
    }
  } else {
    failure = text.error();
  }
  if (failure && failure != broken_) {
    io::log_event(io::LogLevel::warning, "TemplateBroken",
                  {{"traffic", name_}, {"error", *failure}, {"in_use", "the last good one"}});
  }
  broken_ = std::move(failure);
}

std::string TemplateFileTraffic::render(const std::string& workload,
                                        const BackendSet& backends) const {
  View view{.workload = workload};
  for (const auto& [group, entry] : backends) {
    view.replicas.push_back({.group = group,
                             .ip = entry.backend.ip,
                             .port = entry.backend.port,
                             .weight = weight_in_file(settings_, entry.backend.weight),
                             .is_admitted = entry.state == BackendState::admitted});
  }
  return template_.render(view);
}

asio::awaitable<Result<std::vector<ListedBackend>>> TemplateFileTraffic::list(
    std::string workload, io::Deadline deadline) {
  const auto file = file_for(workload);
  if (!file) co_return file.error();
  refresh_template();
  const auto content = PlacedFile{file_of(settings_, workload)}.read();
  if (!content) co_return with_context("traffic " + name_, content.error());
  const std::string& now{content->has_value() ? **content : std::string{}};
  File& known{**file};
  const bool is_ours{known.written && now == *known.written};
  if (is_ours && now == render(workload, known.backends)) co_return listing_of(known.backends);
  if (!is_ours && now == render(workload, {})) {
    // As it was before us, or restored to that: none of ours is in it. But an earlier run may have
    // been killed after it had placed this very text, and before the balancer read it.
    const bool owes_reload{content->has_value() && !known.has_reloaded &&
                           !settings_.reload.empty()};
    if (owes_reload) {
      const Result<void> reloaded = co_await reload_once(workload, deadline);
      if (!reloaded) co_return with_context("traffic " + name_, reloaded.error());
    }
    known.backends.clear();
    known.written.reset();
    co_return std::vector<ListedBackend>{};
  }
  std::vector<ListedBackend> listed{listing_of(known.backends)};
  for (ListedBackend& each : listed) each.state = BackendState::partial;
  if (listed.empty()) {
    ListedBackend unknown{};
    unknown.backend.group.name = unknown_content;
    unknown.backend.workload = workload;
    unknown.state = BackendState::partial;
    listed.push_back(std::move(unknown));
  }
  co_return listed;
}

asio::awaitable<Result<void>> TemplateFileTraffic::admit(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::admit, std::move(backend), deadline);
}

asio::awaitable<Result<void>> TemplateFileTraffic::drain(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::drain, std::move(backend), deadline);
}

asio::awaitable<Result<void>> TemplateFileTraffic::evict(Backend backend, io::Deadline deadline) {
  return carry_out_one(*this, TrafficCall::Kind::evict, std::move(backend), deadline);
}

asio::awaitable<std::vector<Result<void>>> TemplateFileTraffic::carry_out(
    std::vector<TrafficCall> calls, io::Deadline deadline) {
  const std::size_t count{calls.size()};
  Result<void> changed{};
  if (count > 0) changed = co_await change(std::move(calls), deadline);
  if (!changed) changed = with_context("traffic " + name_, changed.error());
  co_return std::vector<Result<void>>(count, changed);
}

asio::awaitable<Result<void>> TemplateFileTraffic::change(std::vector<TrafficCall> calls,
                                                          io::Deadline deadline) {
  const std::string workload{calls.front().backend.workload};
  const auto pass = co_await turnstile_.enter(clock_, deadline);
  if (!pass) co_return pass.error();
  const auto file = file_for(workload);
  if (!file) co_return file.error();
  refresh_template();
  File& known{**file};
  BackendSet wanted{after(known.backends, calls)};
  std::string content{render(workload, wanted)};
  if (content.size() > file_bytes_max) {
    co_return Error{Errc::too_large, fmt::format("the file would exceed {} bytes", file_bytes_max)};
  }
  const auto disk = PlacedFile{file_of(settings_, workload)}.read();
  if (!disk) co_return disk.error();
  const bool is_in_effect{known.written ? content == *known.written : wanted.empty()};
  if (is_in_effect && disk->value_or("") == content) {
    known.backends = std::move(wanted);
    co_return Result<void>{};
  }
  const bool was_just_refused{known.refused == content &&
                              clock_.now() - known.refused_at < refusal_age};
  if (was_just_refused) co_return known.refusal;
  const std::optional<std::string> good{known.written ? known.written : *disk};
  const Result<void> installed = co_await install(workload, content, good, deadline);
  if (!installed) {
    known.refused = std::move(content);
    known.refused_at = clock_.now();
    known.refusal = installed.error();
    co_return installed;
  }
  known.refused.reset();
  known.has_reloaded = true;
  known.backends = std::move(wanted);
  known.written = std::move(content);
  co_return Result<void>{};
}

asio::awaitable<Result<void>> TemplateFileTraffic::reload_once(std::string workload,
                                                               io::Deadline deadline) {
  const auto pass = co_await turnstile_.enter(clock_, deadline);
  if (!pass) co_return pass.error();
  File& known{files_[workload]};
  if (known.has_reloaded) co_return Result<void>{};
  const std::string path{file_of(settings_, workload)};
  std::vector<std::string> reload{
      filled_in(settings_.reload, path, PlacedFile{path}.staged().string(), workload)};
  const Result<void> done = co_await run("reload", std::move(reload), deadline);
  known.has_reloaded = known.has_reloaded || done.has_value();
  co_return done;
}

/// Writes, checks, replaces, reloads; on a failure `good` is put back.
asio::awaitable<Result<void>> TemplateFileTraffic::install(std::string workload,
                                                           std::string content,
                                                           std::optional<std::string> good,
                                                           io::Deadline deadline) {
  const std::string path{file_of(settings_, workload)};
  const PlacedFile placed{path};
  const Result<void> staged = placed.stage(content);
  if (!staged) co_return staged;
  const std::vector<std::string> check{
      filled_in(settings_.validate, path, placed.staged().string(), workload)};
  const std::vector<std::string> reload{
      filled_in(settings_.reload, path, placed.staged().string(), workload)};
  const bool is_apart{validates_apart(settings_)};
  if (is_apart) {
    const Result<void> good_enough = co_await run("validate", check, deadline);
    if (!good_enough) {
      placed.discard();
      co_return with_context(path + " stays as it is", good_enough.error());
    }
  }
  const Result<void> in_place = placed.place();
  if (!in_place) co_return in_place;
  Result<void> done{};
  if (!is_apart && !check.empty()) done = co_await run("validate", check, deadline);
  const bool is_valid{done.has_value()};
  if (is_valid && !reload.empty()) done = co_await run("reload", reload, deadline);
  if (done) co_return done;

  const Result<void> restored = placed.restore(good);
  Error failure{with_context(path + " is as it was", done.error())};
  if (!restored) {
    failure = with_context(
        fmt::format("{} could not be put back ({})", path, to_string(restored.error())),
        done.error());
  }
  // A reload that failed may have been carried out in part: the balancer reads the old file again.
  // With time of its own, since the tick's may be used up; not when we are stopping.
  const bool reloads_again{is_valid && failure.code != Errc::cancelled};
  if (reloads_again) {
    const io::Deadline own{io::deadline_after(clock_, settings_.timeout)};
    const Result<void> again = co_await run("reload of the old file", reload, own);
    if (!again) failure.context += "; " + again.error().context;
  }
  co_return failure;
}

asio::awaitable<Result<void>> TemplateFileTraffic::run(std::string what,
                                                       std::vector<std::string> command,
                                                       io::Deadline deadline) {
  const std::string program{command.front()};
  const std::string shown{fmt::format("{} ({})", what, fmt::join(command, " "))};
  const io::Deadline until{io::earlier(deadline, io::deadline_after(clock_, settings_.timeout))};
  io::Program started{};
  started.command = std::move(command);
  started.output_limit = output_bytes_max;
  const auto ran = co_await io::run_program(std::move(started), clock_, until);
  if (!ran && ran.error().code == Errc::not_found) {
    co_return Error{Errc::bad_request, fmt::format("{}: no program {} in PATH", shown, program)};
  }
  if (!ran) co_return with_context(shown, ran.error());
  if (ran->exit_code == 0) co_return Result<void>{};
  std::string printed{ran->error};
  if (!printed.empty() && !ran->output.empty()) printed += " ";
  printed += ran->output;
  co_return Error{what == "validate" ? Errc::bad_request : Errc::unavailable,
                  fmt::format("{}: exit code {}: {}", shown, ran->exit_code,
                              io::excerpt(printed, shown_bytes))};
}

Result<std::shared_ptr<Traffic>> make_template_file_traffic(asio::io_context& context,
                                                            io::Clock& clock, std::string name,
                                                            const Settings& settings) {
  auto text = io::read_file(settings.template_path, template_bytes_max);
  if (!text) return text.error();
  auto parsed = Template::parse(*text);
  if (!parsed) return with_context(settings.template_path, parsed.error());
  return std::shared_ptr<Traffic>{std::make_shared<TemplateFileTraffic>(
      context, clock, std::move(name), settings, std::move(*parsed), std::move(*text))};
}

}  // namespace spillway::template_file
