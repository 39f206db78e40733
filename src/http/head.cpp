#include "pointsman/http/head.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

#include "pointsman/http/plain_head.hpp"

namespace pointsman::http {
namespace {

namespace beast = boost::beast;

constexpr std::size_t usual_count = 20;  // as many fields as nearly every head has

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Collects what Beast's parser finds as views. Bodies never reach it: it is given the head alone.
template <class Head>
class Collector final : public beast::http::basic_parser<std::is_same_v<Head, RequestHead>> {
  static constexpr bool is_request = std::is_same_v<Head, RequestHead>;

 public:
  Collector(Head& head, const Limits& limits) : head_(head), limits_(limits) {
    this->header_limit(static_cast<std::uint32_t>(limits.head));
    this->body_limit(boost::none);
    head_.fields.clear();
  }

  const std::optional<Rejection>& rejection() const { return rejection_; }

 private:
  using error_code = boost::system::error_code;

  void refuse(error_code& error, int status, std::string reason) {
    rejection_ = Rejection{status, std::move(reason)};
    error = beast::http::make_error_code(beast::http::error::header_limit);
  }

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& error) override {
    if constexpr (is_request) {
      if (target.size() > limits_.target) {
        return refuse(error, 414, "the request target is longer than " + std::to_string(limits_.target) + " bytes");
      }
      head_.method = view(method);
      head_.target = view(target);
      const auto question_mark = std::min(head_.target.find('?'), head_.target.size());
      head_.path = head_.target.substr(0, question_mark);
      head_.query = head_.target.substr(question_mark);
      head_.minor_version = version % 10;
    }
  }

  void on_response_impl(int code, beast::string_view reason, int version, error_code&) override {
    if constexpr (!is_request) {
      head_.status = code;
      head_.reason = view(reason);
      head_.minor_version = version % 10;
    }
  }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code& error) override {
    if (head_.fields.size() == limits_.fields) {
      return refuse(error, 431, "the head has more than " + std::to_string(limits_.fields) + " fields");
    }
    head_.fields.add(view(name), view(value));
  }

  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Head& head_;
  const Limits& limits_;
  std::optional<Rejection> rejection_;
};

template <class Head>
std::optional<Rejection> parse_head(std::string_view bytes, const Limits& limits, Head& head) {
  Collector<Head> collector(head, limits);
  boost::system::error_code error;
  collector.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (collector.rejection()) return collector.rejection();
  if (error && error != beast::http::make_error_code(beast::http::error::need_more)) {
    return Rejection{400, "the head is malformed: " + error.message()};
  }
  if (!collector.is_header_done()) return Rejection{400, "the head is incomplete"};
  return std::nullopt;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return x == y || lower(x) == lower(y); });
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

void FieldRuns::add(const Field& field) {
  if (field.is_as_written && run_.data() + run_.size() == field.name.data()) {
    run_ = {run_.data(), run_.size() + field.line().size()};
    return;
  }
  finish();
  if (field.is_as_written) {
    run_ = field.line();
  } else {
    append_field(head_, field.name, field.value);
  }
}

void FieldRuns::finish() {
  head_ += run_;
  run_ = {};
}

FieldName known_name(std::string_view name) {
  const auto is = [&](std::string_view other) { return equal_ignoring_case(name, other); };
  using enum FieldName;
  switch (name.size()) {
    case 2: return is("te") ? te : other;
    case 4: return is("host") ? host : other;
    case 6: return is("expect") ? expect : other;
    case 7: return is("trailer") ? trailer : is("upgrade") ? upgrade : other;
    case 9: return is("x-api-key") ? x_api_key : other;
    case 10: return is("connection") ? connection : is("keep-alive") ? keep_alive : other;
    case 12: return is("content-type") ? content_type : is("x-request-id") ? x_request_id : other;
    case 13: return is("authorization") ? authorization : other;
    case 14: return is("content-length") ? content_length : is("http2-settings") ? http2_settings : other;
    case 16: return is("content-encoding") ? content_encoding : is("proxy-connection") ? proxy_connection : other;
    case 17:
      return is("transfer-encoding")   ? transfer_encoding
             : is("x-accel-buffering") ? x_accel_buffering
             : is("x-pointsman-debug") ? x_pointsman_debug
                                       : other;
    case 18: return is("proxy-authenticate") ? proxy_authenticate : other;
    case 19: return is("proxy-authorization") ? proxy_authorization : other;
    default: return other;
  }
}

FieldName Fields::add(std::string_view name, std::string_view value, bool is_as_written) {
  const auto known = known_name(name);
  if (all_.empty()) all_.reserve(usual_count);
  all_.push_back({name, value, known, is_as_written});
  if (known == FieldName::connection && !equal_ignoring_case(value, "keep-alive") &&
      !equal_ignoring_case(value, "close")) {
    connection_names_fields_ = true;
  }
  if (known == FieldName::x_pointsman_debug && (value == "1" || equal_ignoring_case(value, "true"))) {
    asks_for_debug_ = true;
  }
  return known;
}

std::optional<std::string_view> Fields::find(FieldName name) const {
  for (const auto& field : all_) {
    if (field.known == name) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const auto& field : all_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(FieldName name) const {
  return static_cast<std::size_t>(
      std::count_if(all_.begin(), all_.end(), [&](const Field& field) { return field.known == name; }));
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      all_.begin(), all_.end(), [&](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

bool Fields::has_token(FieldName name, std::string_view token) const {
  for (const auto& field : all_) {
    if (field.known != name) continue;
    for (std::string_view rest = field.value;;) {
      const auto comma = rest.find(',');
      if (equal_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

HeadScan::State HeadScan::step(std::string_view bytes, const Limits& limits) {
  const std::string_view within = bytes.substr(0, limits.head);
  for (;;) {
    const auto newline = within.find('\n', scanned_);
    if (newline == std::string_view::npos) {
      scanned_ = within.size();
      return bytes.size() >= limits.head ? State::too_large : State::need_more;
    }
    if (newline == line_begin_ || within[newline - 1] != '\r') return State::malformed;
    const bool empty_line = newline == line_begin_ + 1;
    const bool folded = !empty_line && line_begin_ > 0 && (within[line_begin_] == ' ' || within[line_begin_] == '\t');
    if (folded) return State::malformed;
    scanned_ = line_begin_ = newline + 1;
    if (empty_line) return State::complete;
  }
}

std::optional<Rejection> parse(std::string_view bytes, const Limits& limits, RequestHead& head) {
  if (parse_plain(bytes, limits, head)) return std::nullopt;
  return parse_head(bytes, limits, head);
}

std::optional<Rejection> parse(std::string_view bytes, const Limits& limits, ResponseHead& head) {
  if (parse_plain(bytes, limits, head)) return std::nullopt;
  return parse_head(bytes, limits, head);
}

}  // namespace pointsman::http
