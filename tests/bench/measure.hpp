// Times a piece of work and prints one row. Reports the fastest and the median of several runs: on
// a shared machine the fastest is what the code costs. Asserts nothing about time.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace spillway::bench {

/// Processor time of this process so far, in seconds.
inline double processor_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Runs `work` `runs` times and prints the processor time of a run, in all and per item.
/// `work` returns a number that depends on its results, so that none of it can be optimised away.
template <class Work>
void measure(const char* name, int runs, int items, Work work) {
  std::vector<double> times{};
  double checksum{0};
  for (int run{0}; run < runs; ++run) {
    const double began{processor_seconds()};
    checksum += work();
    times.push_back(processor_seconds() - began);
  }
  std::sort(times.begin(), times.end());
  const double fastest{times.front()};
  std::printf("%-44s %9.2f ms  median %9.2f ms  %9.0f ns/item  (sum %g)\n", name, fastest * 1e3,
              times[times.size() / 2] * 1e3, fastest * 1e9 / items, checksum);
}

}  // namespace spillway::bench
