#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answer_reader.hpp"
#include "event_reader.hpp"
#include "loads.hpp"
#include "wire/messages.hpp"
#include "wire/readiness.hpp"
#include "wire/socket.hpp"

namespace pointsman::bench {
namespace {

class Streams {
 public:
  Streams(const Plan& plan, Record& record) : plan_(plan), record_(record), is_rapid_(plan.model == model::rapid) {}

  void run() {
    streams_.reserve(plan_.connections);
    for (std::size_t number = 0; number < plan_.connections; ++number) open(number);
    while (record_.goes_on(monotonic_now())) {
      for (const auto& event : readiness_.wait(record_.end())) receive(*streams_[event.data.u64]);
    }
    for (const auto& stream : streams_) {
      // Where everybody sends without a pause, one that is passed over is no failure.
      if (stream->events.count() == 0 && !is_rapid_) record_.failed("a stream stayed silent");
    }
  }

 private:
  struct Stream {
    Socket socket;
    AnswerReader answer{};
    EventReader events{};
  };

  void open(std::size_t number) {
    auto& stream = streams_.emplace_back(Stream{.socket = Socket::connect(plan_.port)});
    readiness_.add(stream->socket.descriptor(), EPOLLIN, number);
    const auto request = chat_request(plan_.model, true, number);
    if (stream->socket.send(request) != static_cast<std::ptrdiff_t>(request.size())) {
      record_.failed("a request could not be sent");
    }
  }

  void receive(Stream& stream) {
    const auto size = stream.socket.receive(room_);
    const auto now = monotonic_now();
    if (size == 0) return;
    if (size < 0) return fail(stream, "a stream was closed");
    bool in_order = true;
    const auto take = [&](const Stamp& stamp) {
      if (!record_.counts(now)) return;
      // Where everything waits in full buffers a latency says nothing, and millions a second take memory.
      is_rapid_ ? record_.done() : record_.done(now - stamp.sent);
    };
    const bool read = stream.answer.read({room_.data(), static_cast<std::size_t>(size)}, [&](std::string_view payload) {
      in_order = in_order && stream.events.read(payload, take);
    });
    if (!read) return fail(stream, stream.answer.failure());
    if (!in_order) return fail(stream, "an event is missing, or not what the upstream sent");
    if (stream.answer.done()) return fail(stream, "a stream ended");
  }

  void fail(Stream& stream, const std::string& what) {
    record_.failed(what);
    const Socket closed = std::move(stream.socket);
  }

  const Plan& plan_;
  Record& record_;
  const bool is_rapid_;
  Readiness readiness_;
  std::vector<std::optional<Stream>> streams_;
  std::array<char, 256 * 1024> room_{};
};

}  // namespace

void streams(const Plan& plan, Record& record) { Streams(plan, record).run(); }

}  // namespace pointsman::bench
