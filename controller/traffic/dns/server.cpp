#include "controller/traffic/dns/server.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "controller/io/framed_exchange.hpp"

namespace spillway::dns {

namespace asio = boost::asio;

namespace {

constexpr unsigned name_error{3};  // NXDOMAIN

Result<io::Endpoint> endpoint_of(const Settings& settings) {
  return io::parse_endpoint(settings.server);
}

std::int64_t seconds(TimePoint at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::int64_t server_time(const std::string& other) {
  if (other.size() != 6) return 0;
  return std::int64_t{u16_at(other, 0)} * (std::int64_t{1} << 32U) + u32_at(other, 2);
}

/// What the signature's own error says; nothing if it has none.
std::optional<Error> key_refusal(const std::string& doing, const Message& answer,
                                 const std::optional<Key>& key, std::int64_t now) {
  if (!answer.signature) return std::nullopt;
  const auto signature = parse_signature(*answer.signature);
  if (!signature || signature->error == 0) return std::nullopt;
  const std::string name{key ? key->name : ""};
  if (signature->error == tsig_error::bad_key) {
    return Error{
        Errc::denied,
        fmt::format("{}: BADKEY: the server knows no key \"{}\" with this algorithm", doing, name)};
  }
  if (signature->error == tsig_error::bad_signature) {
    return Error{
        Errc::denied,
        fmt::format("{}: BADSIG: the secret of the key \"{}\" is not the server's", doing, name)};
  }
  if (signature->error == tsig_error::bad_time) {
    const std::int64_t theirs{server_time(signature->other)};
    const std::string apart{
        theirs == 0 ? "" : fmt::format(": the server's clock is {} s off ours", theirs - now)};
    return Error{Errc::denied,
                 fmt::format("{}: BADTIME{}; set the clocks of both machines (NTP)", doing, apart)};
  }
  return Error{Errc::denied, fmt::format("{}: TSIG error {}", doing, signature->error)};
}

}  // namespace

std::optional<Error> refusal(const std::string& doing, const std::string& zone,
                             const Message& answer, const std::optional<Key>& key,
                             std::int64_t now) {
  if (auto by_key{key_refusal(doing, answer, key, now)}) return by_key;
  const auto error = [&doing](Errc code, const std::string& what) {
    return std::optional{Error{code, fmt::format("{}: {}", doing, what)}};
  };
  const unsigned code{answer.response_code()};
  if (code == 0 || code == name_error) return std::nullopt;
  if (code == 1) return error(Errc::malformed, "FORMERR: the server does not understand us");
  if (code == 2) {
    return error(Errc::unavailable,
                 "SERVFAIL: the server could not do it; its log says why (BIND also answers so "
                 "beyond 100 records of a name and type: max-records-per-type)");
  }
  if (code == 4) return error(Errc::bad_request, "NOTIMP: the server takes no updates");
  if (code == 5) {
    return error(Errc::denied,
                 fmt::format("REFUSED: {}; allow it for the zone {} (BIND: update-policy or "
                             "allow-update, and allow-query)",
                             key ? fmt::format("the key \"{}\" may not do this", key->name)
                                 : "without a `key` this is not allowed",
                             zone));
  }
  if (code == 6 || code == 7 || code == 8) {
    return error(Errc::transitioning, "somebody else changed the records meanwhile");
  }
  if (code == 9) {
    return error(Errc::bad_request,
                 fmt::format("NOTAUTH: the server is not the primary of the zone {}; `server` has "
                             "to be that",
                             zone));
  }
  if (code == 10) {
    return error(Errc::bad_request, fmt::format("NOTZONE: the name is not in the zone {}", zone));
  }
  return error(Errc::unavailable, fmt::format("response code {}", code));
}

Server::Server(const Settings& settings, io::Clock& clock)
    : zone_{settings.zone}, timeout_{settings.timeout}, clock_{clock} {
  auto endpoint = endpoint_of(settings);
  SPILLWAY_ASSERT(endpoint.has_value());  // a checked config has one
  endpoint_ = std::move(*endpoint);
  if (zone_.ends_with('.')) zone_.pop_back();
  if (settings.has_key) key_ = key_of(settings.key);
}

asio::awaitable<Result<std::vector<std::string>>> Server::records(std::string name,
                                                                  std::uint16_t record_type,
                                                                  io::Deadline deadline) {
  Message question{};
  question.flags = flags_of(Opcode::query);
  question.questions.push_back({name, record_type, dns_class::in});
  const auto answer = co_await ask(std::move(question), deadline);
  if (!answer) co_return answer.error();
  if (!answer->is_authoritative()) {
    co_return Error{Errc::bad_request,
                    fmt::format("looking up {}: the server does not speak for the zone {}; "
                                "`server` has to be its primary",
                                name, zone_)};
  }
  std::vector<std::string> found{};
  for (const Record& record : answer->answers) {
    if (record.type == type::cname) {
      co_return Error{
          Errc::bad_request,
          fmt::format("{} is an alias (CNAME) and cannot have addresses beside that", record.name)};
    }
    // encode_name: the answer is lower case, the question need not be.
    const bool is_asked_for{record.type == record_type &&
                            encode_name(record.name) == encode_name(name)};
    if (is_asked_for) found.push_back(record.data);
  }
  co_return found;
}

asio::awaitable<Result<void>> Server::update(Message update, io::Deadline deadline) {
  const auto answer = co_await ask(std::move(update), deadline);
  if (!answer) co_return answer.error();
  if (answer->response_code() != 0) {
    co_return Error{Errc::bad_request, "updating " + zone_ + ": NXDOMAIN"};
  }
  co_return Result<void>{};
}

asio::awaitable<Result<Message>> Server::ask(Message question, io::Deadline deadline) {
  const bool is_update{question.opcode() == Opcode::update};
  const std::string doing{is_update ? "updating " + zone_
                                    : "looking up " + question.questions.front().name};
  question.id = static_cast<std::uint16_t>(random_.bits() & 0xFFFFU);
  SignedMessage sent{encode(question), {}};
  if (key_) sent = sign(std::move(sent.bytes), *key_, seconds(clock_.now()));
  const io::Deadline until{io::earlier(deadline, io::deadline_after(clock_, timeout_))};
  std::string bytes{sent.bytes};
  io::Endpoint endpoint{endpoint_};
  const auto received =
      co_await io::exchange_framed(std::move(endpoint), std::move(bytes), clock_, until);
  if (!received) co_return with_context(doing, received.error());
  auto answer = parse_message(*received);
  if (!answer) co_return with_context(doing, answer.error());
  const bool is_to_us{answer->is_answer() && answer->id == question.id &&
                      answer->opcode() == question.opcode()};
  if (!is_to_us) co_return Error{Errc::malformed, doing + ": the answer is to something else"};
  const std::int64_t now{seconds(clock_.now())};
  // A refusal may come unsigned: who cannot sign cannot make us believe anything else.
  if (auto refused{refusal(doing, zone_, *answer, key_, now)}) co_return std::move(*refused);
  if (key_) {
    const Result<void> verified = verify(*received, *answer, *key_, sent.code, now);
    if (!verified) co_return with_context(doing, verified.error());
  }
  co_return std::move(*answer);
}

}  // namespace spillway::dns
