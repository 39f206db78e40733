#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// HTTP/1.1 messages as they came over the wire, for the side that looks at what a gateway sends: nothing is normalised,
// merged or dropped. On purpose independent of the gateway's own parser, so that the two check each other.
namespace pointsman::demo {

struct Header {
  std::string name;
  std::string value;

  bool operator==(const Header&) const = default;
};

struct Message {
  std::string start_line;       // without its line end
  std::vector<Header> headers;  // in order, with duplicates and casing as they came
  std::string body;             // without chunk framing
  std::vector<Header> trailers;
  std::string raw;  // every byte of the message

  // The value of the first header of this name, in whatever casing; null if there is none.
  const std::string* header(std::string_view name) const;
  // The words of the start line: method, target, version or version, status, reason. Empty if there are fewer.
  std::string_view start_word(std::size_t index) const;
};

struct Request : Message {
  std::string_view method() const { return start_word(0); }
  std::string_view target() const { return start_word(1); }
};

// Reads one message, fed with bytes in whatever pieces they come. Not safe from several threads.
class MessageReader {
 public:
  enum class Expect {
    request,
    response,
    response_without_body,  // the answer to a HEAD request
  };
  enum class State { head, body, complete, broken };

  explicit MessageReader(Expect expect) : expect_(expect) {}

  // Takes what belongs to this message and returns how many bytes that was; the rest belongs to the next one.
  std::size_t feed(std::string_view bytes);
  // As feed, but stops when the head is complete.
  std::size_t feed_head(std::string_view bytes);
  // The connection ended: completes a body that is delimited by that, and breaks every other unfinished message.
  void end();

  State state() const { return state_; }
  const std::string& fault() const { return fault_; }  // why it is broken
  const Message& message() const { return message_; }
  Message take() { return std::move(message_); }

 private:
  enum class Framing { length, until_end, chunk_size, chunk_data, chunk_end, trailers };

  std::size_t take_line(std::string_view bytes, std::string& line);
  std::size_t take_body(std::string_view bytes);
  void line_of_head(std::string_view line);
  void line_of_chunks(std::string_view line);
  void choose_framing();
  void break_off(std::string why);

  Expect expect_;
  State state_ = State::head;
  Framing framing_ = Framing::length;
  std::uint64_t remaining_ = 0;  // of the body, or of the chunk
  std::string line_;             // the unfinished line
  std::string fault_;
  Message message_;
};

}  // namespace pointsman::demo
