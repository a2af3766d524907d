// Signals that ask the program to stop or to reload, while nobody listens: by default each of them
// ends it. Held ones are delivered once they are let through. For the one thread of the program;
// programs that it starts get none of it.
#pragma once

namespace spillway::io {

/// SIGINT, SIGTERM and SIGHUP wait from now on. Idempotent.
void hold_signals();
/// They come again, and those that waited come now: somebody must listen. Idempotent.
void let_signals_through();

}  // namespace spillway::io
