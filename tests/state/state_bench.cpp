// What state costs: the largest tick there is (an entry for each of 10,000 workloads), and the
// smallest durable write (one intent), which stands between a decision and its create.
#include <chrono>
#include <cstdio>
#include <string>

#include "controller/state/journal_json.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "tests/state/samples.hpp"
#include "tests/support/child_process.hpp"

namespace {

using namespace spillway;
using namespace spillway::testing;

double milliseconds_of(auto&& body) {
  const auto begin{std::chrono::steady_clock::now()};
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

}  // namespace

int main() {
  const ScratchDirectory scratch{};
  auto store{state::open_sqlite_store({.directory = scratch.path()})};
  if (!store) return 1;

  StateBatch tick{};
  for (int i{0}; i < 10'000; ++i) {
    tick.journal.push_back(plain_entry("workload-" + std::to_string(i), stored_noon));
  }
  const std::string document{state::encode_journal(tick.journal.front())};
  std::printf("journal bytes per entry          %zu\n", document.size());
  std::printf("encode 10,000 entries            %.1f ms\n", milliseconds_of([&] {
                for (const JournalEntry& entry : tick.journal) {
                  static_cast<void>(state::encode_journal(entry));
                }
              }));
  std::printf("decode 1,000 entries             %.1f ms\n", milliseconds_of([&] {
                for (int i{0}; i < 1000; ++i) {
                  static_cast<void>(state::decode_journal(document));
                }
              }));
  bool is_well{true};
  std::printf("write a tick of 10,000 workloads %.1f ms\n",
              milliseconds_of([&] { is_well = static_cast<bool>((*store)->write(tick)); }));
  constexpr int intents{200};
  std::printf("write one intent durably         %.2f ms\n",
              milliseconds_of([&] {
                for (int i{0}; i < intents; ++i) {
                  is_well = is_well && (*store)->write({.groups = {intent(std::to_string(i))}});
                }
              }) / intents);
  std::printf("spend of 10,000 workloads        %.1f ms\n", milliseconds_of([&] {
                for (const JournalEntry& entry : tick.journal) {
                  is_well = is_well && (*store)->spend(entry.workload, stored_noon);
                }
              }));
  std::printf("history of 1,000 workloads       %.1f ms\n", milliseconds_of([&] {
                for (int i{0}; i < 1000; ++i) {
                  const std::string& workload{tick.journal[static_cast<std::size_t>(i)].workload};
                  is_well = is_well && (*store)->last_tick(workload, std::chrono::minutes{5});
                }
              }));
  return is_well ? 0 : 1;
}
