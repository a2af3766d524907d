#include "controller/io/secret.hpp"

#include <cstring>
#include <ostream>
#include <utility>

namespace spillway::io {

namespace {

void wipe(std::string& text) {
  // A short string lives inside the object and survives a move: its whole capacity is ours.
  text.resize(text.capacity());
  explicit_bzero(text.data(), text.size());
  text.clear();
}

}  // namespace

Secret::Secret(std::string text) : text_{text} {
  wipe(text);
}

Secret::Secret(Secret&& other) noexcept : text_{std::move(other.text_)} {
  wipe(other.text_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(text_);
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(text_);
    text_ = std::move(other.text_);
    wipe(other.text_);
  }
  return *this;
}

Secret::~Secret() {
  wipe(text_);
}

bool operator==(const Secret& a, const Secret& b) {
  if (a.text_.size() != b.text_.size()) return false;
  unsigned difference{0};
  for (std::size_t i{0}; i < a.text_.size(); ++i) {
    difference |= static_cast<unsigned>(a.text_[i] ^ b.text_[i]);
  }
  return difference == 0;
}

std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << (secret.empty() ? "" : "***");
}

}  // namespace spillway::io
