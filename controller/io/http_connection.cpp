#include "controller/io/http_connection.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "controller/io/log.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

// How long a client may take to close after we did.
constexpr Duration polite_limit{std::chrono::seconds{2}};

HttpResponse plain_text(int status) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::string{reason_phrase(status)} + "\n"};
}

int status_of(const RequestReader& reader, Errc code) {
  if (code == Errc::too_large) return reader.is_header_too_large() ? 431 : 413;
  return code == Errc::malformed ? 400 : 0;
}

/// The handler's reply, 500 for what it throws; but let Asio unwind a cancelled one.
asio::awaitable<Result<HttpReply>> guarded(const HttpHandler& handler, HttpRequest request) {
  const std::string what{request.method + " " +
                         request.url.target.substr(0, request.url.target.find('?'))};
  std::string thrown{};
  try {
    co_return co_await handler(std::move(request));
  } catch (const boost::system::system_error& failure) {
    if (failure.code() == asio::error::operation_aborted) throw;
    thrown = failure.what();
  } catch (const std::exception& failure) {
    thrown = failure.what();
  }
  log_event(LogLevel::error, "RequestHandlerFailed", {{"request", what}, {"error", thrown}});
  co_return HttpReply{plain_text(500)};
}

asio::awaitable<Result<std::string>> next_of(std::shared_ptr<LiveBody> events, bool& has_ended) {
  auto bytes = co_await events->next();
  has_ended = !bytes;
  co_return bytes.value_or("");
}

}  // namespace

HttpConnection::HttpConnection(Clock& clock, const HttpServerOptions& options,
                               const HttpHandler& handler)
    : clock_{clock},
      options_{options},
      handler_{handler},
      reader_{WireLimits{.header = options.header_limit, .body = options.body_limit}},
      buffer_(16 * 1024) {}

asio::awaitable<void> HttpConnection::serve(Socket socket, std::shared_ptr<TlsContext> tls) {
  if (tls) {
    const Deadline deadline{deadline_after(clock_, options_.request_timeout)};
    auto shaking_hands = accept_tls(std::move(socket), std::move(tls));
    auto accepted =
        co_await with_deadline(std::move(shaking_hands), clock_, deadline, "TLS handshake");
    if (!accepted) {
      log_event(LogLevel::debug, "TlsHandshakeFailed", {{"error", accepted.error()}});
      co_return;
    }
    stream_ = std::move(*accepted);
  } else {
    stream_ = plain_stream(std::move(socket));
  }
  bool goes_on{true};
  while (goes_on && !is_finishing_) goes_on = co_await serve_one();
}

asio::awaitable<void> HttpConnection::refuse(Socket socket) {
  stream_ = plain_stream(std::move(socket));
  co_await answer_and_close(503);
}

void HttpConnection::finish() {
  is_finishing_ = true;
  if (events_) events_->close();
  if (upgrade_) upgrade_->close();
  if (is_idle_ && stream_) stream_->close();
}

asio::awaitable<bool> HttpConnection::serve_one() {
  const Verdict verdict{co_await read_request()};
  if (!verdict.goes_on) {
    if (verdict.status != 0) co_await answer_and_close(verdict.status);
    co_return false;
  }
  auto taken = reader_.take();
  const bool is_head{taken.method == "HEAD"};
  if (is_head) taken.method = "GET";
  HttpReply reply{co_await call_handler(std::move(taken))};
  if (reply.events) co_return co_await write_events(std::move(reply), is_head);
  if (reply.upgrade) {
    co_await hand_over(std::move(reply));
    co_return false;
  }

  const bool keep{keeps_alive()};
  const BodyForm form{is_head ? BodyForm::omitted : BodyForm::whole};
  auto bytes = response_bytes(reply.response, form, keep);
  if (!bytes) {
    log_event(LogLevel::error, "ReplyNotSendable", {{"error", bytes.error()}});
    co_await answer_and_close(500);
    co_return false;
  }
  const bool is_written{co_await write(std::move(*bytes))};
  is_idle_ = !reader_.has_begun();
  if (is_written && keep) co_return true;
  if (is_written) {
    auto closing = stream_->close_politely();
    const auto closed = co_await with_deadline(std::move(closing), clock_,
                                               deadline_after(clock_, polite_limit), "closing");
    static_cast<void>(closed);  // a client that keeps talking is cut off
  }
  co_return false;
}

asio::awaitable<HttpConnection::Verdict> HttpConnection::read_request() {
  is_idle_ = !reader_.has_begun();
  if (is_idle_) {
    const auto begun = co_await read_more(deadline_after(clock_, options_.idle_timeout));
    is_idle_ = false;
    // Silence and a closed connection are how a client leaves: nothing to say to it.
    if (!begun) co_return Verdict{false, status_of(reader_, begun.error().code)};
  }
  const Deadline deadline{deadline_after(clock_, options_.request_timeout)};
  while (!reader_.is_complete()) {
    if (reader_.takes_continue()) {
      const bool is_written{co_await write("HTTP/1.1 100 Continue\r\n\r\n")};
      if (!is_written) co_return Verdict{false, 0};
    }
    const auto more = co_await read_more(deadline);
    if (!more) {
      const bool is_late{more.error().code == Errc::timeout};
      co_return Verdict{false, is_late ? 408 : status_of(reader_, more.error().code)};
    }
  }
  co_return Verdict{};
}

asio::awaitable<Result<void>> HttpConnection::read_more(Deadline deadline) {
  auto reading = stream_->read_some(buffer_);
  const auto size = co_await with_deadline(std::move(reading), clock_, deadline, "reading");
  if (!size) co_return size.error();
  if (*size == 0) co_return Error{Errc::unavailable, "closed"};
  co_return reader_.feed({buffer_.data(), *size});
}

asio::awaitable<HttpReply> HttpConnection::call_handler(HttpRequest request) {
  const Deadline deadline{deadline_after(clock_, options_.handler_timeout)};
  auto handling = guarded(handler_, std::move(request));
  auto reply = co_await with_deadline(std::move(handling), clock_, deadline, "handler");
  if (!reply) co_return HttpReply{plain_text(503)};
  co_return std::move(*reply);
}

asio::awaitable<bool> HttpConnection::write_events(HttpReply reply, bool is_head) {
  events_ = reply.events;
  if (is_finishing_) events_->close();
  auto& headers = reply.response.headers;
  if (!headers.find("Content-Type")) headers.set("Content-Type", "text/event-stream");
  if (!headers.find("Cache-Control")) headers.set("Cache-Control", "no-cache");
  const bool is_chunked{!reader_.is_http_1_0()};
  const BodyForm form{is_chunked ? BodyForm::chunked : BodyForm::until_close};
  auto head = response_bytes(reply.response, form, false);
  bool is_alive{false};
  if (head) is_alive = co_await write(std::move(*head));
  bool has_ended{is_head};
  while (is_alive && !has_ended) {
    auto waiting = next_of(events_, has_ended);
    const auto news = co_await with_deadline(
        std::move(waiting), clock_, deadline_after(clock_, options_.heartbeat), "waiting for news");
    std::string bytes{events_->idle_bytes()};
    if (news && !news->empty()) bytes = *news;
    if (bytes.empty()) continue;  // an empty chunk would be the end
    // Named before the co_await: g++ 12 destroys a conditional's temporary beside it twice.
    if (is_chunked) bytes = chunk(bytes);
    if (!has_ended) is_alive = co_await write(std::move(bytes));
  }
  events_->close();
  if (is_alive && is_chunked && !is_head) is_alive = co_await write("0\r\n\r\n");
  co_return false;
}

asio::awaitable<void> HttpConnection::hand_over(HttpReply reply) {
  upgrade_ = reply.upgrade;
  auto head = upgrade_bytes(reply.response.headers, reply.upgraded_to);
  bool is_alive{false};
  if (head) is_alive = co_await write(std::move(*head));
  if (is_finishing_) upgrade_->close();
  std::string early{reader_.take_rest()};
  if (is_alive) co_await upgrade_->run(*stream_, std::move(early));
  upgrade_->close();
  stream_->close();
}

asio::awaitable<bool> HttpConnection::write(std::string bytes) {
  auto writing = stream_->write_all(bytes);
  const auto written = co_await with_deadline(
      std::move(writing), clock_, deadline_after(clock_, options_.write_timeout), "writing");
  co_return written.has_value();
}

asio::awaitable<void> HttpConnection::answer_and_close(int status) {
  auto bytes = response_bytes(plain_text(status), BodyForm::whole, false);
  SPILLWAY_ASSERT(bytes.has_value());
  const bool is_written{co_await write(std::move(*bytes))};
  if (!is_written) co_return;
  auto closing = stream_->close_politely();
  const auto closed = co_await with_deadline(std::move(closing), clock_,
                                             deadline_after(clock_, polite_limit), "closing");
  static_cast<void>(closed);
}

bool HttpConnection::keeps_alive() const {
  return reader_.wants_keep_alive() && !reader_.is_http_1_0() && !is_finishing_;
}

}  // namespace spillway::io
