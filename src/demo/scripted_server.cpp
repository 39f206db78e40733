#include "pointsman/demo/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace pointsman::demo {

namespace {

constexpr std::size_t most_faults = 100;
constexpr Milliseconds pause_of_accept{100};  // after an error such as having no file descriptor left

bool ends_connection(const Request& request) {
  const auto* connection = request.header("Connection");
  if (request.start_word(2) == "HTTP/1.0") return connection == nullptr || *connection != "keep-alive";
  return connection != nullptr && *connection == "close";
}

void keep_fault(ScriptedServer::Seen& seen, std::string fault) {
  if (seen.faults.size() < most_faults) seen.faults.push_back(std::move(fault));
}

}  // namespace

ScriptedServer::ScriptedServer(Script script, Options options)
    : script_(std::move(script)),
      options_(options),
      acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), options.port)),
      port_(acceptor_.local_endpoint().port()) {
  asio::co_spawn(context_, accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

ScriptedServer::~ScriptedServer() {
  context_.stop();
  thread_.join();
}

std::string ScriptedServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

ScriptedServer::Seen ScriptedServer::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

bool ScriptedServer::wait_for(const std::function<bool(const Seen&)>& predicate, Milliseconds at_most) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [&] { return predicate(seen_); });
}

asio::awaitable<void> ScriptedServer::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error) {
      asio::steady_timer timer(context_, pause_of_accept);
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    } else {
      asio::co_spawn(context_, serve(std::move(socket)), asio::detached);
    }
  }
}

asio::awaitable<void> ScriptedServer::serve(tcp::socket socket) {
  std::size_t number = 0;
  note([&](Seen& seen) {
    number = ++seen.connections;
    ++seen.open;
  });
  Conversation conversation(std::move(socket), number);
  while (co_await conversation.next_request()) {
    const bool go_on = co_await answer(conversation);
    if (!go_on) break;
  }
  conversation.close();
  note([&](Seen& seen) {
    --seen.open;
    if (!conversation.fault().empty()) keep_fault(seen, conversation.fault());
  });
}

// Runs the script for one request; true if the connection may carry another one.
asio::awaitable<bool> ScriptedServer::answer(Conversation& conversation) {
  std::optional<std::size_t> kept;
  std::string fault;
  try {
    if (!options_.begin_with_head) co_await conversation.read_body();
    note([&](Seen& seen) {
      ++seen.requests;
      if (!options_.keep_requests) return;
      kept = seen.kept.size();
      seen.kept.push_back(conversation.request());
    });
    co_await script_(conversation);
    // What is left of the body would otherwise be read as the next request.
    if (conversation.is_open() && !conversation.client_left()) co_await conversation.read_body();
  } catch (const std::exception& error) {
    // That the client left is no fault of the script's, and a broken request has been noted as such.
    if (!conversation.client_left() && conversation.fault().empty()) fault = error.what();
  }
  note([&](Seen& seen) {
    if (conversation.client_left()) ++seen.abandoned;
    if (!fault.empty()) keep_fault(seen, "a script threw: " + fault);
    if (kept && options_.begin_with_head) seen.kept[*kept] = conversation.request();
  });
  co_return fault.empty() && conversation.is_open() && !conversation.client_left() &&
      !ends_connection(conversation.request());
}

void ScriptedServer::note(const std::function<void(Seen&)>& change) {
  {
    const std::lock_guard lock(mutex_);
    change(seen_);
  }
  changed_.notify_all();
}

}  // namespace pointsman::demo
