// The parts of Asio, its TLS layer and Beast that need no template arguments, compiled once for the
// whole project (BOOST_ASIO_SEPARATE_COMPILATION). Nothing of ours belongs here.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
