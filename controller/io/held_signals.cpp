#include "controller/io/held_signals.hpp"

#include <pthread.h>

#include <csignal>
#include <initializer_list>

namespace spillway::io {
namespace {

sigset_t asking_signals() {
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, each);
  return signals;
}

}  // namespace

void hold_signals() {
  const sigset_t signals{asking_signals()};
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void let_signals_through() {
  const sigset_t signals{asking_signals()};
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace spillway::io
