#include "pointsman/demo/message.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pointsman::demo {

namespace {

constexpr std::size_t most_head_bytes = 1 << 20;
constexpr std::size_t most_bytes = 512 << 20;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool parse_number(std::string_view text, int base, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

const std::string* Message::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const Header& header) { return same_name(header.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

std::string_view Message::start_word(std::size_t index) const {
  std::string_view rest = start_line;
  for (; index > 0; --index) {
    const auto space = rest.find(' ');
    if (space == std::string_view::npos) return {};
    rest.remove_prefix(space + 1);
  }
  return rest.substr(0, rest.find(' '));
}

std::size_t MessageReader::feed_head(std::string_view bytes) {
  std::size_t taken = 0;
  std::string line;
  while (state_ == State::head && taken < bytes.size()) {
    taken += take_line(bytes.substr(taken), line);
    if (line.empty()) break;
    line_of_head(std::string_view(line).substr(0, line.size() - 2));
    if (state_ == State::head && message_.raw.size() > most_head_bytes) break_off("the head is too long");
  }
  return taken;
}

std::size_t MessageReader::feed(std::string_view bytes) {
  std::size_t taken = feed_head(bytes);
  std::string line;
  while (state_ == State::body && taken < bytes.size()) {
    if (framing_ == Framing::length || framing_ == Framing::until_end || framing_ == Framing::chunk_data) {
      taken += take_body(bytes.substr(taken));
    } else {
      taken += take_line(bytes.substr(taken), line);
      if (line.empty()) break;
      line_of_chunks(std::string_view(line).substr(0, line.size() - 2));
    }
    if (message_.raw.size() > most_bytes) break_off("the message is too long");
  }
  return taken;
}

void MessageReader::end() {
  if (state_ == State::body && framing_ == Framing::until_end) {
    state_ = State::complete;
  } else if (state_ != State::complete && state_ != State::broken) {
    break_off(state_ == State::head ? "the connection ended within the head" : "the connection ended within the body");
  }
}

// Gives a line with its CR LF once it is whole, an empty string before that.
std::size_t MessageReader::take_line(std::string_view bytes, std::string& line) {
  line.clear();
  const auto line_feed = bytes.find('\n');
  const auto taken = line_feed == std::string_view::npos ? bytes.size() : line_feed + 1;
  line_.append(bytes, 0, taken);
  message_.raw.append(bytes, 0, taken);
  if (line_feed != std::string_view::npos) {
    line.swap(line_);
    if (!line.ends_with("\r\n")) {
      line.clear();
      break_off("a line ends without CR");
    }
  }
  return taken;
}

std::size_t MessageReader::take_body(std::string_view bytes) {
  const bool bounded = framing_ != Framing::until_end;
  const auto taken =
      bounded ? static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())) : bytes.size();
  message_.body.append(bytes, 0, taken);
  message_.raw.append(bytes, 0, taken);
  if (!bounded) return taken;
  remaining_ -= taken;
  if (remaining_ > 0) return taken;
  if (framing_ == Framing::length) {
    state_ = State::complete;
  } else {
    framing_ = Framing::chunk_end;
  }
  return taken;
}

void MessageReader::line_of_head(std::string_view line) {
  if (message_.start_line.empty()) {
    message_.start_line = line;
    const bool right = expect_ == Expect::request ? message_.start_word(2).starts_with("HTTP/1.")
                                                  : message_.start_word(0).starts_with("HTTP/1.");
    if (!right) break_off("this is no start line of HTTP/1: " + message_.start_line.substr(0, 80));
    return;
  }
  if (line.empty()) return choose_framing();
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return break_off("a header line has no name");
  message_.headers.push_back({std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
}

void MessageReader::line_of_chunks(std::string_view line) {
  if (framing_ == Framing::chunk_end) {
    if (!line.empty()) return break_off("a chunk is longer than its size");
    framing_ = Framing::chunk_size;
  } else if (framing_ == Framing::chunk_size) {
    if (!parse_number(line.substr(0, line.find(';')), 16, remaining_)) return break_off("a chunk has no size");
    framing_ = remaining_ == 0 ? Framing::trailers : Framing::chunk_data;
  } else if (line.empty()) {
    state_ = State::complete;
  } else {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return break_off("a trailer has no name");
    message_.trailers.push_back({std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1)))});
  }
}

void MessageReader::choose_framing() {
  state_ = State::body;
  const auto status = expect_ == Expect::request ? std::string_view() : message_.start_word(1);
  const bool never_a_body =
      expect_ == Expect::response_without_body || status.starts_with('1') || status == "204" || status == "304";
  const auto* coding = message_.header("Transfer-Encoding");
  const auto* length = message_.header("Content-Length");
  if (never_a_body) {
    state_ = State::complete;
  } else if (coding != nullptr) {
    if (!same_name(*coding, "chunked")) return break_off("the transfer coding is not chunked");
    framing_ = Framing::chunk_size;
  } else if (length != nullptr) {
    framing_ = Framing::length;
    if (!parse_number(*length, 10, remaining_)) return break_off("the content length is no number");
    if (remaining_ == 0) state_ = State::complete;
  } else if (expect_ == Expect::request) {
    state_ = State::complete;
  } else {
    framing_ = Framing::until_end;
  }
}

void MessageReader::break_off(std::string why) {
  state_ = State::broken;
  fault_ = std::move(why);
}

}  // namespace pointsman::demo
