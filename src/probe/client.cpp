#include "pointsman/probe/client.hpp"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>

#include "pointsman/net/resolver.hpp"

namespace pointsman::probe {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::error_code;
using net::use_task_tuple;

using Transport = beast::basic_stream<asio::generic::stream_protocol, net::Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, net::Executor>;
using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

// A server may announce before it answers (100, 103), but not for ever.
constexpr int most_interim_answers = 8;

Request request_for(const Target& target, const Question& question) {
  Request request(http::string_to_verb(question.method), question.path, 11);
  request.set(http::field::host, target.url.authority());
  request.set(http::field::user_agent, "pointsman/" POINTSMAN_VERSION);
  request.set(http::field::accept, "*/*");
  request.set(http::field::accept_encoding, "identity");
  request.set(http::field::connection, "close");
  if (!question.websocket_key.empty()) {
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::upgrade, "websocket");
    request.set(http::field::sec_websocket_version, "13");
    request.set(http::field::sec_websocket_key, question.websocket_key);
  }
  const auto credentials = config::credentials(target.api_key_header, target.api_key);
  if (!credentials.empty()) request.set(target.api_key_header, credentials.reveal());
  for (const auto& [name, value] : target.fields) request.set(name, value.reveal());
  if (!question.body.empty()) {
    request.set(http::field::content_type, "application/json");
    request.body() = question.body;
    request.prepare_payload();
  }
  return request;
}

void fail(Observation& seen, Failure failure, std::string trouble) {
  seen.failure = failure;
  seen.trouble = std::move(trouble);
}

void fail_connecting(Observation& seen, error_code error) {
  namespace errors = boost::system::errc;
  if (error == beast::error::timeout) return fail(seen, Failure::timed_out, "");
  // That our machine has no descriptor or memory left says nothing of the endpoint. Asio calls it cancelled, as which
  // nothing else ends here.
  if (error == errors::operation_canceled) return fail(seen, Failure::stopped, "no socket is to be had");
  // A Unix-domain socket that is not there is not listened at either.
  const bool is_refused = error == errors::connection_refused || error == errors::no_such_file_or_directory;
  fail(seen, is_refused ? Failure::refused : Failure::unreachable, error.message());
}

void fail_reading(Observation& seen, error_code error) {
  if (error == beast::error::timeout) return fail(seen, Failure::timed_out, "");
  if (error == http::error::body_limit || error == http::error::header_limit || error == http::error::buffer_overflow) {
    return fail(seen, Failure::too_large,
                "more than " + std::to_string(Client::largest_body >> 20) + " MiB, or " +
                    std::to_string(Client::largest_head >> 10) + " KiB of headers");
  }
  if (error == http::error::end_of_stream) return fail(seen, Failure::broken, "it closed without a word");
  if (error == http::error::partial_message) return fail(seen, Failure::broken, "it closed in the middle");
  // An endpoint that wants a certificate of ours says so only now, in TLS 1.3.
  if (error.category() == asio::error::get_ssl_category()) return fail(seen, Failure::tls, error.message());
  const bool is_parse_error = error.category() == error_code(http::error::bad_version).category();
  fail(seen, is_parse_error ? Failure::not_http : Failure::broken, error.message());
}

void take(const http::response<http::string_body>& response, Observation& seen) {
  seen.status = static_cast<int>(response.result_int());
  for (const auto& field : response) {
    seen.headers.emplace_back(boost::algorithm::to_lower_copy(std::string(field.name_string())), field.value());
  }
  seen.body = response.body();
}

template <class Stream>
net::Task<> converse(Stream& stream, const Target& target, Observation& seen) {
  if (seen.asked.method.empty()) co_return;  // it is reached
  const Request request = request_for(target, seen.asked);
  // A server may answer and close before it has read all: whether the answer comes is what counts.
  co_await http::async_write(stream, request, use_task_tuple);
  beast::flat_buffer buffer(2 * Client::largest_head);
  buffer.reserve(buffer.max_size());  // Beast reads into what room there is, and only 512 bytes if there is none
  for (int i = 0; i < most_interim_answers; ++i) {
    Parser parser;
    parser.header_limit(Client::largest_head);
    parser.body_limit(Client::largest_body);
    const auto [error, bytes] = co_await http::async_read(stream, buffer, parser, use_task_tuple);
    if (error) co_return fail_reading(seen, error);
    const bool switches = parser.get().result_int() == 101 && !seen.asked.websocket_key.empty();
    if (switches || parser.get().result_int() >= 200) co_return take(parser.get(), seen);
  }
  fail(seen, Failure::not_http, "it announces an answer again and again");
}

// Takes the transport through TLS, then converses.
net::Task<> converse_secretly(Transport transport, const Target& target, Observation& seen) {
  auto tls = target.tls ? Result<net::TlsClient>(*target.tls) : net::TlsClient::create(target.url, {});
  if (!tls) co_return fail(seen, Failure::tls, tls.error().message);
  net::Ssl session = tls->session();
  if (!session) co_return fail(seen, Failure::tls, net::tls_error_text());
  asio::ssl::stream<Transport> stream(std::move(transport), session.release());
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, use_task_tuple);
  if (error) {
    const auto distrusted = net::distrust(stream.native_handle());
    if (error == beast::error::timeout) {
      fail(seen, Failure::no_tls, "");
    } else if (distrusted) {
      fail(seen, distrusted->is_for_another_name ? Failure::wrong_name : Failure::certificate, distrusted->reason);
    } else {
      fail(seen, Failure::tls, error.message());
    }
    co_return;
  }
  co_await converse(stream, target, seen);
}

// No text of an answer may carry our key further, to logs, files or a screen.
void blot_out(const std::string& key, Observation& seen) {
  if (key.empty()) return;
  for (auto& [name, value] : seen.headers) boost::algorithm::replace_all(value, key, "[our key]");
  boost::algorithm::replace_all(seen.body, key, "[our key]");
}

}  // namespace

// getaddrinfo cannot be interrupted, so nobody waits for it longer than the deadline; whoever comes late finds this.
struct Client::Lookup {
  Lookup(const net::Executor& executor, std::chrono::steady_clock::time_point deadline)
      : given_up(executor, deadline) {}

  static net::Task<> run(std::shared_ptr<Lookup> lookup, config::Url url) {
    lookup->result = co_await net::resolve(lookup->given_up.get_executor(), std::move(url));
    lookup->given_up.cancel();
  }

  Timer given_up;
  std::optional<Result<std::vector<net::PeerAddress>>> result;
};

net::Task<bool> Client::resolve(Observation& seen, std::chrono::steady_clock::time_point deadline) {
  if (!addresses_.empty()) co_return true;
  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor, deadline);
  asio::co_spawn(executor, Lookup::run(lookup, target_.url), asio::detached);
  if (!lookup->result) co_await lookup->given_up.async_wait(use_task_tuple);
  if (!lookup->result) {
    fail(seen, Failure::timed_out, "the name " + target_.url.host + " did not resolve");
  } else if (!*lookup->result) {
    fail(seen, Failure::unresolved, lookup->result->error().message);
  } else {
    addresses_ = std::move(**lookup->result);
  }
  co_return seen.answered();
}

net::Task<Observation> Client::ask(Question question, std::chrono::steady_clock::time_point deadline) {
  Observation seen;
  seen.asked = std::move(question);
  if (!co_await resolve(seen, deadline)) co_return seen;

  Transport transport(co_await asio::this_coro::executor);
  transport.expires_at(deadline);
  const auto [error, address] = co_await transport.async_connect(addresses_, use_task_tuple);
  if (error) {
    fail_connecting(seen, error);
    co_return seen;
  }
  if (target_.url.scheme == "https") {
    co_await converse_secretly(std::move(transport), target_, seen);
  } else {
    co_await converse(transport, target_, seen);
  }
  blot_out(target_.api_key.reveal(), seen);
  for (const auto& field : target_.fields) blot_out(field.second.reveal(), seen);
  co_return seen;
}

net::Task<Observation> Client::reach(std::chrono::steady_clock::time_point deadline) {
  return ask(Question(), deadline);
}

}  // namespace pointsman::probe
