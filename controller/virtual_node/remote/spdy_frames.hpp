// SPDY/3.1 frames (draft-mbelshe-httpbis-spdy-00) from and to bytes, without any socket: as much of
// them as Kubernetes speaks when a command runs in a pod. Windows are not kept: the other side of
// such a connection never updates them, and TCP holds back a sender by itself. Everything that a
// foreign peer can send wrong is refused, with limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::virtual_node::spdy {

using StreamId = std::uint32_t;

/// The peer opens a stream; what it is for is in the header fields.
struct SynStream {
  StreamId stream{0};
  bool is_last{false};  ///< its sender sends nothing more on it; so too below
  io::Headers headers{};

  bool operator==(const SynStream&) const = default;
};

struct SynReply {
  StreamId stream{0};
  bool is_last{false};
  io::Headers headers{};

  bool operator==(const SynReply&) const = default;
};

struct RstStream {
  StreamId stream{0};
  std::uint32_t status{0};

  bool operator==(const RstStream&) const = default;
};

struct Ping {
  std::uint32_t id{0};

  bool operator==(const Ping&) const = default;
};

/// No stream is opened any more.
struct GoAway {
  StreamId last_stream{0};
  std::uint32_t status{0};

  bool operator==(const GoAway&) const = default;
};

struct Data {
  StreamId stream{0};
  bool is_last{false};
  std::string bytes{};

  bool operator==(const Data&) const = default;
};

/// SETTINGS, HEADERS, WINDOW_UPDATE, and what a later version may add: read, checked, of no use.
struct Other {
  unsigned type{0};

  bool operator==(const Other&) const = default;
};

using Frame = std::variant<SynStream, SynReply, RstStream, Ping, GoAway, Data, Other>;

/// Reasons of RST_STREAM.
inline constexpr std::uint32_t protocol_error{1};
inline constexpr std::uint32_t refused_stream{3};

inline constexpr std::size_t frame_bytes_max{1024 * 1024};
inline constexpr std::size_t header_bytes_max{16 * 1024};  ///< of one block, unpacked
inline constexpr std::size_t header_fields_max{64};

class Unpacker;
class Packer;

/// The frames of one direction of a connection: header blocks are packed as one long text.
class FrameReader {
 public:
  FrameReader();
  ~FrameReader();

  /// The frames that `bytes` completes. Errors: `malformed`, `too_large`; the reader is of no use
  /// afterwards.
  Result<std::vector<Frame>> feed(std::string_view bytes);

 private:
  Result<Frame> control_frame(unsigned type, unsigned flags, std::string_view content);

  std::string pending_{};
  std::unique_ptr<Unpacker> unpacker_;
};

class FrameWriter {
 public:
  FrameWriter();
  ~FrameWriter();

  /// Of `Other` nothing. Data may be of any size: they become several frames.
  std::string bytes(const Frame& frame);

 private:
  std::unique_ptr<Packer> packer_;
};

}  // namespace spillway::virtual_node::spdy
