// Requests to the Marathons of one cluster, as one user. Several of them are equal: those that do
// not lead pass requests on to the one that does, except for the event stream, to which they
// redirect. Only addresses of the settings are ever asked, so that no answer can lead a credential
// elsewhere. No retries here: whoever asks has the deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/cluster/marathon/settings.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_access.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/peer_order.hpp"
#include "controller/io/secret.hpp"

namespace spillway::marathon {

class Api {
 public:
  /// `clock` must outlive it. Throws std::invalid_argument for a URL that is none, which a checked
  /// config never has.
  Api(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings);

  /// The bodies of all `targets` from one Marathon, asked at once; the next one if that fails. With
  /// a `login`, a token that is refused is renewed once. Errors: those of the last one asked.
  boost::asio::awaitable<Result<std::vector<std::string>>> get(std::vector<std::string> targets,
                                                               io::Deadline deadline);

  /// The event stream of the leader, from the first address that leads to it, until it ends; see
  /// `io::HttpClient::stream`. Success: it had begun and ended in good order. Errors: those of the
  /// last one asked; bad_request if the leader is at none of the addresses.
  boost::asio::awaitable<Result<void>> follow_events(io::BodySink sink, Duration silence,
                                                     io::Deadline deadline);

 private:
  boost::asio::awaitable<Result<std::vector<std::string>>> get_from(
      std::size_t index, std::vector<std::string> targets, io::Deadline deadline);
  boost::asio::awaitable<Result<std::string>> get_one(std::size_t index, std::string target,
                                                      io::Deadline deadline);
  boost::asio::awaitable<Result<io::HttpResponse>> stream_from(std::size_t index, io::BodySink sink,
                                                               Duration silence,
                                                               io::Deadline deadline);
  boost::asio::awaitable<Result<void>> log_in(io::Deadline deadline);
  boost::asio::awaitable<Result<void>> prepare(io::Deadline deadline);
  io::HttpRequest request(std::size_t index, const std::string& target) const;
  /// The index of the address that `response` redirects to. Error: bad_request.
  Result<std::size_t> leader_of(const io::HttpResponse& response) const;

  std::unique_ptr<io::HttpClient> client_;
  io::Clock& clock_;
  Settings settings_;
  io::HttpAccess access_;
  std::vector<io::Url> urls_{};
  io::PeerOrder order_;
  io::Secret token_{};  ///< of the login; empty: none yet, or refused
  bool is_token_refused_{false};
};

}  // namespace spillway::marathon
