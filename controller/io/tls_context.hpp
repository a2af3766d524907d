// What is behind `TlsContext`, apart because its header is slow to compile. Internal to io.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include "controller/io/tls.hpp"

namespace spillway::io {

struct TlsContext {
  boost::asio::ssl::context context;
};

}  // namespace spillway::io
