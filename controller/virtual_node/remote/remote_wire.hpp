// The streams of a command that somebody runs in a pod from afar: what goes in, what comes out, and
// how it ended, as bytes on one connection. Two protocols carry them, SPDY and WebSocket channels.
// Pure: no socket, no clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::virtual_node {

/// Which streams the client wants.
struct RemoteStreams {
  bool has_input{false};
  bool has_output{false};
  bool has_error{false};     ///< never together with a terminal
  bool has_terminal{false};  ///< its size comes on a stream of its own

  bool operator==(const RemoteStreams&) const = default;
};

struct RemoteEvent {
  enum class Kind { input, input_ended, resized, gone };

  Kind kind{Kind::input};
  std::string bytes{};  ///< of input
  int rows{0};          ///< of a terminal that was resized
  int columns{0};

  bool operator==(const RemoteEvent&) const = default;
};

/// How it ended. Nothing at all: well.
struct RemoteEnd {
  std::optional<int> exit_code{};  ///< if it is known
  std::string failure{};           ///< why it could not be run, or not to its end
};

class RemoteWire {
 public:
  virtual ~RemoteWire() = default;

  /// The next bytes of the client. Errors: `malformed`, `too_large`: nothing more can be said.
  virtual Result<void> feed(std::string_view bytes) = 0;

  /// True once the client has opened all streams that it wants.
  virtual bool is_open() const = 0;

  /// What the client has said, in its order; nothing: that was all so far.
  virtual std::optional<RemoteEvent> next_event() = 0;

  /// The program has written this. Thrown away if the client wants no output.
  virtual void write(std::string_view bytes) = 0;

  /// The last words: the status, and the end of all streams.
  virtual void finish(const RemoteEnd& end) = 0;

  /// What is to be sent, moved out.
  virtual std::string take_bytes() = 0;
};

/// The status as clients of the fourth version and later read it, a JSON object; those before it
/// read plain words, empty for success.
std::string status_text(const RemoteEnd& end, bool is_json);

/// A size in the words of the resize stream, `{"Width":80,"Height":24}`; nothing if it is none.
std::optional<RemoteEvent> parse_size(std::string_view text);

/// What a request for streams is answered with.
struct RemoteAgreement {
  std::unique_ptr<RemoteWire> wire{};  ///< null: refused
  io::Headers headers{};               ///< of the answer 101
  std::string protocol{};              ///< what the connection becomes
  std::string refusal{};               ///< why not, for a person
  int status{400};                     ///< of a refusal
};

/// Chooses by what the client offers: SPDY/3.1 with `X-Stream-Protocol-Version`, or WebSocket with
/// a subprotocol; of several versions the first that we speak.
RemoteAgreement agree(const io::HttpRequest& request, RemoteStreams streams);

/// The same for `port-forward`, which needs no wire: its protocol is empty if it is refused.
RemoteAgreement agree_on_forwarding(const io::HttpRequest& request);

std::unique_ptr<RemoteWire> make_spdy_wire(RemoteStreams streams, int version);
std::unique_ptr<RemoteWire> make_channel_wire(RemoteStreams streams, int version);

}  // namespace spillway::virtual_node
