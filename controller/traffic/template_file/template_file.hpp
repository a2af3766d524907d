// Traffic through whatever reads a file: nginx, Caddy, Traefik's file provider. The file is written
// from the user's template, checked by a command of theirs, and put in place in one step; what
// fails is taken back. All calls of a tick are one change, hence one reload.
//
// It cannot count what is in flight: a drain lasts until its deadline. A reload may take effect a
// moment after its command has ended (nginx: some milliseconds, old workers finish what they have).
// What the balancer has is judged by the file: if that is neither what was written nor what the
// template says without replicas, it is written anew, also after a restart of ours, since nothing
// tells which replicas a foreign text names. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/turnstile.hpp"
#include "controller/traffic/backend_set.hpp"
#include "controller/traffic/template_file/placed_file.hpp"
#include "controller/traffic/template_file/settings.hpp"
#include "controller/traffic/template_file/template.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::template_file {

/// The group in a listing when the file names nobody knows whom: it is nobody's, hence evicted, and
/// that writes the file.
inline constexpr std::string_view unknown_content{"(unknown content)"};

class TemplateFileTraffic final : public Traffic {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"nginx, Caddy or anything else that reads a file."};

  /// `context` and `clock` must outlive the adapter.
  TemplateFileTraffic(boost::asio::io_context& context, io::Clock& clock, std::string name,
                      Settings settings, Template parsed, std::string template_text);

  const std::string& name() const override { return name_; }
  bool can_count() const override { return false; }

  /// Never writes. Entries are `partial` while the file is not what was written for them. Errors:
  /// denied, unavailable, too_large (the file cannot be read); bad_request (two workloads, one
  /// file).
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override;

  /// Errors of all three: bad_request (the file does not pass `validate`; no such program),
  /// unavailable (`reload` failed), timeout, denied, each with what the command printed. The file
  /// is then as it was before.
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override;

  /// One change, all or nothing.
  boost::asio::awaitable<std::vector<Result<void>>> carry_out(std::vector<TrafficCall> calls,
                                                              io::Deadline deadline) override;

 private:
  /// What is known of the file of one workload.
  struct File {
    BackendSet backends{};
    std::optional<std::string> written{};  ///< by us, and in effect; nothing: not in this run
    std::optional<std::string> refused{};  ///< what did not work last, not tried again at once
    TimePoint refused_at{};
    Error refusal{};
    bool has_reloaded{false};  ///< in this run: what the balancer has read is known
  };

  Result<File*> file_for(const std::string& workload);
  void refresh_template();
  std::string render(const std::string& workload, const BackendSet& backends) const;
  boost::asio::awaitable<Result<void>> change(std::vector<TrafficCall> calls,
                                              io::Deadline deadline);
  boost::asio::awaitable<Result<void>> reload_once(std::string workload, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> install(std::string workload, std::string content,
                                               std::optional<std::string> good,
                                               io::Deadline deadline);
  boost::asio::awaitable<Result<void>> run(std::string what, std::vector<std::string> command,
                                           io::Deadline deadline);

  std::string name_;
  Settings settings_;
  io::Clock& clock_;
  io::Turnstile turnstile_;  // validate and reload look at all files of the balancer
  Template template_;
  std::string template_text_;      // what was read last, also if it is broken
  std::optional<Error> broken_{};  // why the template on disk is not the one in use
  std::map<std::string, File> files_{};
};

/// Errors: those of `io::read_file` and `Template::parse`, for the template.
Result<std::shared_ptr<Traffic>> make_template_file_traffic(boost::asio::io_context& context,
                                                            io::Clock& clock, std::string name,
                                                            const Settings& settings);

}  // namespace spillway::template_file
