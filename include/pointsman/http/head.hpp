#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/http/limits.hpp"

// The heads of HTTP/1 messages, as views into the bytes that came: nothing is copied, so casing, order and duplicates
// stay as they are. A view holds while those bytes stay where they are.
namespace pointsman::http {

bool equal_ignoring_case(std::string_view a, std::string_view b);

// The names of fields that we do something with.
enum class FieldName : std::uint8_t {
  other,
  authorization,
  connection,
  content_encoding,
  content_length,
  content_type,
  expect,
  host,
  http2_settings,
  keep_alive,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  x_accel_buffering,
  x_api_key,
  x_pointsman_debug,
  x_request_id,
};

FieldName known_name(std::string_view name);

struct Field {
  std::string_view name;
  std::string_view value;
  FieldName known = FieldName::other;
  bool is_as_written = false;  // its line in the head is what append_field() makes of it

  // Of those that are as written: its line, CRLF included.
  std::string_view line() const { return {name.data(), name.size() + value.size() + 4}; }
};

void append_field(std::string& head, std::string_view name, std::string_view value);

// Appends fields of one head to another. Those that follow one another there as we would write them go in one piece,
// once finish() is called or another one comes.
class FieldRuns {
 public:
  explicit FieldRuns(std::string& head) : head_(head) {}

  void add(const Field& field);
  void finish();

 private:
  std::string& head_;
  std::string_view run_;
};

class Fields {
 public:
  void clear() {
    all_.clear();
    connection_names_fields_ = false;
    asks_for_debug_ = false;
  }
  // Gives the memory back as well.
  void release() { *this = Fields(); }
  // `is_as_written`: as in Field.
  FieldName add(std::string_view name, std::string_view value, bool is_as_written = false);
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  std::size_t size() const { return all_.size(); }

  // The value of the first field with that name.
  std::optional<std::string_view> find(FieldName name) const;
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(FieldName name) const;
  std::size_t count(std::string_view name) const;
  // Whether a comma-separated list in fields of that name has the token (RFC 9110 §5.6.1).
  bool has_token(FieldName name, std::string_view token) const;
  // Whether Connection has options that name fields, which then belong to the connection as well.
  bool connection_names_fields() const { return connection_names_fields_; }
  // Whether x-pointsman-debug is there, and says 1 or true: asked of every request, so that it must cost no search.
  bool asks_for_debug() const { return asks_for_debug_; }

 private:
  std::vector<Field> all_;
  bool connection_names_fields_ = false;
  bool asks_for_debug_ = false;
};

struct RequestHead {
  std::string_view method;
  std::string_view target;
  std::string_view path;   // of the target
  std::string_view query;  // of the target, with its question mark; may be empty
  int minor_version = 1;   // HTTP/1.x
  Fields fields;
};

struct ResponseHead {
  int status = 0;
  std::string_view reason;
  int minor_version = 1;
  Fields fields;
};

// Finds the end of a head while its bytes arrive; looks at each byte once. Lines must end in CRLF and must not be
// folded (RFC 9112 §2.2, §5.2), or parsers before and behind us could see different lines.
class HeadScan {
 public:
  enum class State { need_more, complete, malformed, too_large };

  // `bytes` begins with the head and grows from call to call.
  State step(std::string_view bytes, const Limits& limits);
  std::size_t size() const { return scanned_; }  // of the head, its empty line included, once complete
  void reset() { *this = HeadScan(); }

 private:
  std::size_t scanned_ = 0;
  std::size_t line_begin_ = 0;
};

// Why a message may not pass.
struct Rejection {
  int status = 400;  // for requests; a response that is rejected is a protocol error of the endpoint
  std::string reason;
};

// Parses a head that HeadScan found complete. Nothing on success. The form that nearly every head has is parsed here,
// in one pass; whatever else may be valid is left to Beast's parser (docs/adr/0005).
std::optional<Rejection> parse(std::string_view bytes, const Limits& limits, RequestHead& head);
std::optional<Rejection> parse(std::string_view bytes, const Limits& limits, ResponseHead& head);

}  // namespace pointsman::http
