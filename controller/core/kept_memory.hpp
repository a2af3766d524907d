// What a policy finds again at the next tick: for a journal as numbers, and within one process as
// the policy computes with it. Both say the same, bit for bit, so that a restart and a replay,
// which have only the numbers, go on as the process itself would have.
#pragma once

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace spillway {

/// Numbers in a layout of the policy's own. Bounded by the policy.
using Memory = std::vector<double>;

/// A memory in the shape in which its policy computes. Histories share it: it is never changed once
/// it was handed out.
class MemoryForm {
 public:
  MemoryForm() = default;
  MemoryForm(const MemoryForm&) = default;
  MemoryForm& operator=(const MemoryForm&) = default;
  virtual ~MemoryForm() = default;

  /// Of which the policy makes this form again.
  virtual Memory numbers() const = 0;
};

class KeptMemory {
 public:
  KeptMemory() = default;
  // Implicit, as most policies keep a few numbers and need no other form.
  KeptMemory(Memory numbers) : numbers_{std::move(numbers)} {}
  KeptMemory(std::initializer_list<double> numbers) : numbers_{numbers} {}
  explicit KeptMemory(std::shared_ptr<const MemoryForm> form) : form_{std::move(form)} {}

  Memory numbers() const { return form_ ? form_->numbers() : numbers_; }
  /// The form, if it is of this kind; nothing where there are numbers alone.
  template <class Form>
  const Form* as() const {
    return dynamic_cast<const Form*>(form_.get());
  }

  bool operator==(const KeptMemory& other) const { return numbers() == other.numbers(); }

 private:
  Memory numbers_{};  ///< empty where there is a form
  std::shared_ptr<const MemoryForm> form_{};
};

}  // namespace spillway
