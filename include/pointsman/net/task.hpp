#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

// The types that every coroutine of a worker uses. The executor is the concrete one of io_context: any_io_executor
// costs a tenth of the throughput here (docs/adr/0003).
namespace pointsman::net {

namespace asio = boost::asio;
using boost::system::error_code;

using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using PeerAddress = asio::generic::stream_protocol::endpoint;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task;
// Completes with a tuple that begins with the error code: nothing throws for what the network does.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> use_task_tuple{use_task};

}  // namespace pointsman::net
