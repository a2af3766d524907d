// What admissions that overlap must know of each other: which slots are taken. A slot that looks
// free in a table may have been filled since the table was written, and its admission may be over;
// so a choice counts until no admission is under way that could have read an older table.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace spillway::haproxy {

class Admissions {
 public:
  /// Spans one admission, from before it reads the table; must not outlive the `Admissions`.
  class UnderWay {
   public:
    explicit UnderWay(Admissions& admissions) : admissions_{admissions} { ++admissions_.count_; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() {
      if (--admissions_.count_ == 0) admissions_.chosen_.clear();
    }

   private:
    Admissions& admissions_;
  };

  /// `<backend>/<server>` of what the admissions under way, and those they overlap, fill.
  const std::set<std::string>& chosen() const { return chosen_; }
  void choose(std::string server) { chosen_.insert(std::move(server)); }

 private:
  std::set<std::string> chosen_{};
  int count_{0};
};

}  // namespace spillway::haproxy
