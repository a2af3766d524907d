#include "tests/emulator/terminal_door.hpp"

#include <algorithm>

namespace spillway::emulator {
namespace {

/// Hears nothing but the password first; then it is the terminal behind.
class Locked final : public Terminal {
 public:
  Locked(std::string password, std::shared_ptr<Terminal> behind)
      : password_{std::move(password)}, behind_{std::move(behind)} {}

  void open(Peer peer) override { peer_ = std::move(peer); }

  void input(std::string_view bytes) override {
    if (open_) {
      behind_->input(bytes);
    } else if (bytes == password_) {
      open_ = true;
      behind_->open(peer_);
    } else if (peer_.ended) {
      peer_.ended();
    }
  }

  void tick() override {
    if (open_) behind_->tick();
  }

  void hang_up() override {
    peer_ = {};
    behind_->hang_up();
  }

 private:
  std::string password_;
  std::shared_ptr<Terminal> behind_;
  Peer peer_{};
  bool open_{false};
};

}  // namespace

void TerminalDoor::leave(std::string id, std::string password, std::shared_ptr<Terminal> terminal) {
  constexpr std::size_t waiting_max{100};
  if (waiting_.size() >= waiting_max) waiting_.pop_front();
  waiting_.push_back({std::move(id), std::move(password), std::move(terminal)});
}

std::shared_ptr<Terminal> TerminalDoor::enter(const std::string& id,
                                              const std::optional<std::string>& authorization) {
  const auto found{std::find_if(waiting_.begin(), waiting_.end(),
                                [&](const Waiting& waiting) { return waiting.id == id; })};
  if (found == waiting_.end()) return nullptr;
  Waiting waiting{std::move(*found)};
  waiting_.erase(found);
  if (!authorization) {
    return std::make_shared<Locked>(std::move(waiting.password), std::move(waiting.terminal));
  }
  return *authorization == waiting.password ? std::move(waiting.terminal) : nullptr;
}

}  // namespace spillway::emulator
