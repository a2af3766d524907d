#include "controller/io/web_socket_client.hpp"

#include <fmt/format.h>

#include <array>
#include <deque>
#include <string_view>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/http_wire.hpp"
#include "controller/io/outbox.hpp"
#include "controller/io/stream.hpp"
#include "controller/io/web_socket_frames.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

constexpr std::size_t socket_message_max{1024 * 1024};
constexpr std::size_t refusal_bytes_max{64 * 1024};
constexpr unsigned normal_close{1000};

/// Random bytes, 8 of them.
std::string eight_bytes(Random& random) {
  std::uint64_t bits{random.bits()};
  std::string bytes(8, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(static_cast<unsigned char>(bits & 0xFFU));
    bits >>= 8U;
  }
  return bytes;
}

class StreamWebSocket final : public WebSocket {
 public:
  StreamWebSocket(std::unique_ptr<ByteStream> stream, Random& random, std::string early)
      : stream_{std::move(stream)}, random_{random}, early_{std::move(early)} {}

  asio::awaitable<Result<std::optional<std::string>>> read() override {
    while (true) {
      if (!arrived_.empty()) {
        WebSocketMessage message{std::move(arrived_.front())};
        arrived_.pop_front();
        using Kind = WebSocketMessage::Kind;
        if (message.kind == Kind::close) co_return co_await take_close(std::move(message));
        if (message.kind == Kind::ping) {
          message.kind = Kind::pong;
          const Result<void> answered = co_await send(std::move(message));
          if (!answered) co_return answered.error();
          continue;
        }
        if (message.kind != Kind::pong) co_return std::optional{std::move(message.bytes)};
        continue;
      }
      std::string bytes{std::exchange(early_, {})};
      if (bytes.empty()) {
        auto some = co_await read_some();
        if (!some) co_return some.error();
        bytes = std::move(*some);
      }
      auto messages = reader_.feed(bytes);
      if (!messages) co_return messages.error();
      for (WebSocketMessage& each : *messages) arrived_.push_back(std::move(each));
    }
  }

  asio::awaitable<Result<void>> write(std::string message) override {
    WebSocketMessage binary{WebSocketMessage::Kind::binary, std::move(message)};
    co_return co_await send(std::move(binary));
  }

  asio::awaitable<Result<void>> write_text(std::string message) override {
    WebSocketMessage text{WebSocketMessage::Kind::text, std::move(message)};
    co_return co_await send(std::move(text));
  }

  void close() override { stream_->close(); }

 private:
  asio::awaitable<Result<std::string>> read_some() {
    const auto size = co_await stream_->read_some(buffer_);
    if (!size) co_return size.error();
    if (*size == 0) co_return Error{Errc::unavailable, "the WebSocket was cut off"};
    co_return std::string{buffer_.data(), *size};
  }

  asio::awaitable<Result<void>> send(WebSocketMessage message) {
    const std::string mask_bytes{eight_bytes(random_)};
    const WebSocketMask mask{mask_bytes[0], mask_bytes[1], mask_bytes[2], mask_bytes[3]};
    std::string frame{web_socket_frame(message, mask)};
    co_return co_await outbox_.send(std::move(frame));
  }

  /// Says goodbye in return, as the RFC asks; the connection is of no use afterwards.
  asio::awaitable<Result<std::optional<std::string>>> take_close(WebSocketMessage message) {
    const std::string bytes{message.bytes};
    const Result<void> answered = co_await send(std::move(message));
    static_cast<void>(answered);  // it has closed already, perhaps
    stream_->close();
    if (bytes.size() < 2) co_return std::optional<std::string>{};
    const unsigned status{static_cast<unsigned>(static_cast<unsigned char>(bytes[0])) << 8U |
                          static_cast<unsigned char>(bytes[1])};
    if (status == normal_close) co_return std::optional<std::string>{};
    co_return Error{Errc::unavailable, fmt::format("the WebSocket was closed with {}: {}", status,
                                                   excerpt(bytes.substr(2)))};
  }

  std::unique_ptr<ByteStream> stream_;
  Random& random_;
  std::string early_;
  Outbox outbox_{*stream_};
  WebSocketReader reader_{WebSocketEnd::client, socket_message_max};
  std::deque<WebSocketMessage> arrived_{};
  std::array<char, 16 * 1024> buffer_{};
};

class StreamWebSocketClient final : public WebSocketClient {
 public:
  StreamWebSocketClient(Clock& clock, Random& random, std::shared_ptr<TlsContext> tls)
      : clock_{clock}, random_{random}, tls_{std::move(tls)} {}

  asio::awaitable<Result<std::unique_ptr<WebSocket>>> open(Url url, Headers headers,
                                                           Deadline deadline) override {
    const std::string what{"WebSocket " + describe(url)};
    auto opening = open_now(std::move(url), std::move(headers));
    auto opened = co_await with_deadline(std::move(opening), clock_, deadline, "opening");
    if (!opened) co_return with_context(what, std::move(opened).error());
    co_return opened;
  }

 private:
  asio::awaitable<StreamResult> connect(Url url) {
    Endpoint endpoint{.host = url.host, .port = url.port};
    if (url.scheme == "https") co_return co_await connect_tls(endpoint, tls_, url.host);
    co_return co_await connect_plain(endpoint);
  }

  asio::awaitable<Result<std::unique_ptr<WebSocket>>> open_now(Url url, Headers headers) {
    const std::string key{base64(eight_bytes(random_) + eight_bytes(random_))};
    HttpRequest request{};
    request.url = url;
    request.headers = std::move(headers);
    request.headers.set("Connection", "Upgrade");
    request.headers.set("Upgrade", "websocket");
    request.headers.set("Sec-WebSocket-Version", "13");
    request.headers.set("Sec-WebSocket-Key", key);
    const auto bytes = request_bytes(request, "spillway/" SPILLWAY_VERSION);
    if (!bytes) co_return bytes.error();
    auto stream = co_await connect(std::move(url));
    if (!stream) co_return stream.error();
    const Result<void> written = co_await (*stream)->write_all(*bytes);
    if (!written) co_return written.error();
    WireLimits limits{};
    limits.body = refusal_bytes_max;
    ResponseReader reader{limits, false};
    reader.expect_upgrade();
    std::array<char, 4096> buffer{};
    while (!reader.is_complete()) {
      const auto size = co_await (*stream)->read_some(buffer);
      if (!size) co_return size.error();
      const auto fed = *size == 0 ? reader.feed_end() : reader.feed({buffer.data(), *size});
      if (!fed) co_return fed.error();
      if (*size == 0) break;
    }
    HttpResponse answer{reader.head()};
    if (answer.status != 101) {
      answer.body = reader.take_body();
      co_return error_of_status("opening", answer);
    }
    if (answer.headers.find("Sec-WebSocket-Accept") != web_socket_accept(key)) {
      co_return Error{Errc::malformed, "the server does not answer as a WebSocket"};
    }
    std::string early{reader.take_rest()};
    std::unique_ptr<WebSocket> made{
        std::make_unique<StreamWebSocket>(std::move(*stream), random_, std::move(early))};
    co_return made;
  }

  Clock& clock_;
  Random& random_;
  std::shared_ptr<TlsContext> tls_;
};

}  // namespace

Result<std::unique_ptr<WebSocketClient>> make_web_socket_client(Clock& clock, Random& random,
                                                                const TlsClientOptions& tls) {
  auto context = make_client_tls(tls);
  if (!context) return context.error();
  return std::make_unique<StreamWebSocketClient>(clock, random, std::move(*context));
}

}  // namespace spillway::io
