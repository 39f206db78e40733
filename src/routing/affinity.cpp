#include "pointsman/routing/affinity.hpp"

#include <algorithm>
#include <functional>

#include "pointsman/base/mixing.hpp"

namespace pointsman::routing {
namespace {

// Some clients write all their tools before their messages; more than that is not read over.
constexpr std::size_t most_skipped = 1 << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Walks over JSON that is known to be well formed, token by token.
class Tokens {
 public:
  explicit Tokens(std::string_view json) : json_(json.substr(0, most_skipped + beginning_bytes)) {}

  // A bracket, brace, comma, colon, whole string with its quotes, or number or word. Empty: the end.
  std::string_view next() {
    while (at_ < json_.size() && is_blank(json_[at_])) ++at_;
    const std::size_t begin = at_;
    if (begin == json_.size()) return {};
    if (json_[begin] == '"') {
      at_ = end_of_string(begin + 1);
    } else if (is_punctuation(json_[begin])) {
      ++at_;
    } else {
      while (at_ < json_.size() && !is_blank(json_[at_]) && !is_punctuation(json_[at_]) && json_[at_] != '"') ++at_;
    }
    return json_.substr(begin, at_ - begin);
  }

  // Behind the token that next() gave last.
  std::size_t position() const { return at_; }

 private:
  static bool is_punctuation(char c) { return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':'; }

  std::size_t end_of_string(std::size_t from) const {
    for (;;) {
      const auto quote = json_.find('"', from);
      if (quote == std::string_view::npos) return json_.size();
      std::size_t backslashes = 0;
      while (json_[quote - 1 - backslashes] == '\\') ++backslashes;
      if (backslashes % 2 == 0) return quote + 1;
      from = quote + 1;
    }
  }

  std::string_view json_;
  std::size_t at_ = 0;
};

int depth_change(std::string_view token) {
  if (token == "{" || token == "[") return 1;
  return token == "}" || token == "]" ? -1 : 0;
}

// Where the first user's message in an array ends that begins with the token before; the array's end if there is none.
std::size_t end_of_first_from_user(Tokens& tokens, std::size_t limit) {
  int depth = 1;
  bool is_from_user = false;
  std::string_view before_last;
  std::string_view last;
  while (tokens.position() < limit) {
    const auto token = tokens.next();
    if (token.empty()) break;
    depth += depth_change(token);
    is_from_user = is_from_user || (depth == 2 && token == "\"user\"" && last == ":" && before_last == "\"role\"");
    if (depth == 0 || (depth == 1 && token == "}" && is_from_user)) break;
    before_last = last;
    last = token;
  }
  return tokens.position();
}

bool holds_conversation(std::string_view key) {
  return key == "\"messages\"" || key == "\"input\"" || key == "\"prompt\"";
}

}  // namespace

std::string_view conversation_beginning(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  Tokens tokens(body);
  int depth = 0;
  std::string_view before_last;
  std::string_view last;
  while (tokens.position() < most_skipped) {
    const auto token = tokens.next();
    if (token.empty()) return {};
    if (depth == 1 && last == ":" && holds_conversation(before_last)) {
      const auto begin = tokens.position() - token.size();
      const auto end = token == "[" ? end_of_first_from_user(tokens, begin + beginning_bytes) : tokens.position();
      return body.substr(begin, std::min(end - begin, beginning_bytes));
    }
    depth += depth_change(token);
    before_last = last;
    last = token;
  }
  return {};
}

std::uint64_t affinity(std::string_view key, std::string_view model, std::string_view body) {
  const auto beginning = conversation_beginning(body);
  if (beginning.empty()) return 0;
  const std::hash<std::string_view> hash;
  return std::max<std::uint64_t>(mixed(mixed(mixed(hash(key)) ^ hash(model)) ^ hash(beginning)), 1);
}

}  // namespace pointsman::routing
