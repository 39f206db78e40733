#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/demo/message.hpp"

namespace pointsman::test {

struct Response : demo::Message {
  std::vector<demo::Message> interim;  // the 1xx answers that came before
  bool complete = false;               // false: the connection ended or broke before the message was whole
  std::string fault;                   // why it is not complete

  int status() const;
  std::string field(std::string_view name) const;  // the value of the first one of this name; empty: there is none
};

// A client on one TCP connection that sends and reads exactly what it is told. Blocking; whatever does not happen
// before the deadline throws std::runtime_error that says what was waited for.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, Milliseconds deadline = Milliseconds(10'000));
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  // Sends the bytes in pieces that begin at these offsets, each when the other side has read the one before.
  void send_split(std::string_view bytes, const std::vector<std::size_t>& offsets);

  // One answer with the interim ones before it. `to_head`: it has no body, whatever its headers say.
  Response read_response(bool to_head = false);
  // What is there, or comes next, as far as one read gives it; empty at the end of the connection.
  std::string read_some();
  // Everything up to the end of the connection.
  std::string read_to_end();
  // True if the other side ends the connection before the deadline and sends nothing more.
  bool at_end();

  // The other side has ended or broken the connection, as far as is known without waiting.
  bool has_ended() const;

  std::uint16_t local_port() const;

  void half_close();  // nothing more will be sent
  void reset();       // vanishes with a RST
  void close();
  void send_and_close(std::string_view bytes);  // in one packet, if they fit

 private:
  enum class Read { bytes, end, reset };
  Read receive();
  void wait(short events, std::string_view what);

  int socket_ = -1;
  Milliseconds deadline_;
  std::string received_;
};

// One request on a connection of its own, read whole.
Response ask(std::uint16_t port, std::string_view method, std::string_view target, std::string_view body = "",
             const std::vector<demo::Header>& headers = {});

}  // namespace pointsman::test
