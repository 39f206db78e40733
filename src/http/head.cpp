#include "pointsman/http/head.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>

namespace pointsman::http {
namespace {

namespace beast = boost::beast;

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

 private:
  using error_code = boost::system::error_code;

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                       error_code& error) override {
    if constexpr (is_request) {
      if (target.size() > limits_.target) {
        error = beast::http::make_error_code(beast::http::error::header_limit);
        return;
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
      error = beast::http::make_error_code(beast::http::error::header_limit);
      return;
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
};

template <class Head>
std::optional<std::string> parse_head(std::string_view bytes, const Limits& limits, Head& head) {
  Collector<Head> collector(head, limits);
  boost::system::error_code error;
  collector.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != beast::http::make_error_code(beast::http::error::need_more)) return error.message();
  if (!collector.is_header_done()) return "incomplete";
  return std::nullopt;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const auto& field : all_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      all_.begin(), all_.end(), [&](const Field& field) { return equal_ignoring_case(field.name, name); }));
}

bool Fields::has_token(std::string_view name, std::string_view token) const {
  for (const auto& field : all_) {
    if (!equal_ignoring_case(field.name, name)) continue;
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

std::optional<std::string> parse(std::string_view bytes, const Limits& limits, RequestHead& head) {
  return parse_head(bytes, limits, head);
}

std::optional<std::string> parse(std::string_view bytes, const Limits& limits, ResponseHead& head) {
  return parse_head(bytes, limits, head);
}

}  // namespace pointsman::http
