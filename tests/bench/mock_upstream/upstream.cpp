#include "upstream.hpp"

#include <sys/socket.h>

#include <span>
#include <string>
#include <vector>

#include "wire/messages.hpp"

namespace pointsman::bench {
namespace {

constexpr std::size_t input_size = 256 * 1024;
constexpr std::size_t rapid_batch = 64;  // events in one write: a server that is far ahead of its client
constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t pace = second / events_per_second;
constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\n"
    "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "server: uvicorn\r\n"
    "content-type: text/event-stream; charset=utf-8\r\n"
    "cache-control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string json(std::string_view status, const std::string& body, std::string_view more = "") {
  return "HTTP/1.1 " + std::string(status) +
         "\r\n"
         "date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
         "server: uvicorn\r\n"
         "content-length: " +
         std::to_string(body.size()) +
         "\r\n"
         "content-type: application/json\r\n" +
         std::string(more) + "\r\n" + body;
}

std::string error(std::string_view status, std::string_view message, std::string_view more = "") {
  return json(status,
              R"({"error":{"message":")" + std::string(message) +
                  R"(","type":"invalid_request_error","param":null,"code":null}})",
              more);
}

std::string list_of_models(std::span<const std::string> names) {
  std::string list;
  for (const auto& name : names) {
    list += (list.empty() ? R"({"id":")" : R"(,{"id":")") + name +
            R"(","object":"model","created":1700000000,"owned_by":"bench"})";
  }
  return R"({"object":"list","data":[)" + list + "]}";
}

std::vector<std::string> own_models() {
  std::vector<std::string> names;
  for (const auto name : {model::whole, model::paced, model::rapid, model::quiet}) names.emplace_back(name);
  return names;
}

std::vector<std::string> other_models() {
  constexpr int count = 50;
  std::vector<std::string> names;
  for (int number = 0; number < count; ++number) names.push_back("other-" + std::to_string(number));
  return names;
}

}  // namespace

Upstream::Upstream(std::uint16_t port)
    : listener_(Socket::listen(port)),
      input_(input_size),
      one_event_(1),
      rapid_events_(rapid_batch),
      whole_answer_(json("200 OK", answer_body())),
      model_list_(json("200 OK", list_of_models(own_models()))),
      long_model_list_(json("200 OK", list_of_models(other_models()))) {
  readiness_.add(listener_.descriptor(), EPOLLIN, static_cast<std::uint64_t>(listener_.descriptor()));
}

void Upstream::run() {
  for (;;) {
    const auto deadline = due_.empty() ? monotonic_now() + second : due_.top().at;
    for (const auto& event : readiness_.wait(deadline)) {
      const auto descriptor = static_cast<std::size_t>(event.data.u64);
      if (static_cast<int>(descriptor) == listener_.descriptor()) {
        accept();
        continue;
      }
      // A client may have been dropped, and its descriptor taken by the next one, since the event was reported: both
      // functions below find nothing to do then.
      if (clients_[descriptor] && (event.events & ~std::uint32_t{EPOLLOUT}) != 0) read(*clients_[descriptor]);
      if (clients_[descriptor] && (event.events & EPOLLOUT) != 0) flush(*clients_[descriptor]);
    }
    send_due();
  }
}

void Upstream::accept() {
  for (;;) {
    const int descriptor = ::accept4(listener_.descriptor(), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const auto place = static_cast<std::size_t>(descriptor);
    if (clients_.size() <= place) clients_.resize(place + 1);
    clients_[place] = std::make_unique<Client>(Client{.socket = Socket(descriptor), .serial = ++last_serial_});
    readiness_.add(descriptor, EPOLLIN, place);
  }
}

void Upstream::read(Client& client) {
  const auto size = client.socket.receive(input_);
  if (size < 0) return drop(client);
  std::string_view bytes(input_.data(), static_cast<std::size_t>(size));
  const auto place = static_cast<std::size_t>(client.socket.descriptor());
  for (auto asked = client.reader.next(bytes); asked != Asked::nothing_yet; asked = client.reader.next(bytes)) {
    answer(client, asked);
    if (!clients_[place]) return;
  }
}

void Upstream::answer(Client& client, Asked asked) {
  switch (asked) {
    case Asked::nothing_yet: break;
    case Asked::model_list: return send(client, model_list_);
    case Asked::long_model_list: return send(client, long_model_list_);
    case Asked::whole_answer: return send(client, whole_answer_);
    case Asked::paced_stream: return begin_pacing(client);
    case Asked::quiet_stream:
      return send(client, std::string(stream_head).append(one_event_.stamped(monotonic_now(), client.events++)));
    case Asked::rapid_stream:
      client.rapid = true;
      client.unsent = stream_head;
      return watch(client);
    case Asked::malformed: return send(client, error("400 Bad Request", "The body is not JSON."));
    case Asked::wrong_method:
      return send(client, error("405 Method Not Allowed", "Method not allowed.", "allow: POST\r\n"));
    case Asked::unknown_route: return send(client, error("404 Not Found", "Nothing here."));
  }
}

// The streams' events are spread over the time between two of one stream, as those of independent clients are.
void Upstream::begin_pacing(Client& client) {
  constexpr std::int64_t steps = 1000;
  const auto phase = static_cast<std::int64_t>(client.serial * 617 % steps) * (pace / steps);
  due_.push({monotonic_now() + phase, client.socket.descriptor(), client.serial});
  send(client, stream_head);
}

void Upstream::send_due() {
  const auto now = monotonic_now();
  while (!due_.empty() && due_.top().at <= now) {
    auto due = due_.top();
    due_.pop();
    auto* client = clients_[static_cast<std::size_t>(due.descriptor)].get();
    if (client == nullptr || client->serial != due.serial) continue;
    due.at += pace;
    due_.push(due);
    // One that does not keep up misses this event.
    if (client->unsent.empty()) send_events(*client, one_event_);
  }
}

void Upstream::send_events(Client& client, ChunkedEvents& events) {
  const auto first = client.events;
  client.events += static_cast<std::uint32_t>(events.count());
  send(client, events.stamped(monotonic_now(), first));
}

void Upstream::send(Client& client, std::string_view bytes) {
  const auto sent = client.socket.send(bytes);
  if (sent < 0) return drop(client);
  if (static_cast<std::size_t>(sent) == bytes.size()) return;
  client.unsent.append(bytes.substr(static_cast<std::size_t>(sent)));
  watch(client);
}

void Upstream::flush(Client& client) {
  if (!client.unsent.empty()) {
    const auto sent = client.socket.send(client.unsent);
    if (sent < 0) return drop(client);
    client.unsent.erase(0, static_cast<std::size_t>(sent));
    if (!client.unsent.empty()) return;
    watch(client);
  }
  if (client.rapid) send_events(client, rapid_events_);
}

void Upstream::watch(Client& client) {
  const bool wants_to_write = client.rapid || !client.unsent.empty();
  readiness_.change(client.socket.descriptor(), wants_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN,
                    static_cast<std::uint64_t>(client.socket.descriptor()));
}

void Upstream::drop(Client& client) { clients_[static_cast<std::size_t>(client.socket.descriptor())].reset(); }

}  // namespace pointsman::bench
