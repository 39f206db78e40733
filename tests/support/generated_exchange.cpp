#include "support/generated_exchange.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <random>

namespace pointsman::test {

namespace {

// Not the distributions of the standard library: those differ from one to the next.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  bool one_in(std::size_t count) { return below(count) == 0; }
  template <class List>
  const auto& of(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// A body of this size, of pieces that `next` makes. A large one repeats itself, which costs less to make.
template <class Next>
std::string filled(std::size_t size, const Next& next) {
  constexpr std::size_t block = 64 * 1024;
  std::string text;
  while (text.size() < std::min(size, block)) text += next();
  while (text.size() < size) text.append(text, 0, std::min(text.size(), size - text.size()));
  return text;
}

constexpr std::array<std::string_view, 12> json_pieces{"a",
                                                       "word ",
                                                       R"(\")",
                                                       R"(\\)",
                                                       R"(\n)",
                                                       R"(\u00fc)",
                                                       R"(\ud83d\ude00)",
                                                       "\xc3\xbc",
                                                       "\xe2\x82\xac",
                                                       "\xf0\x9f\x98\x80",
                                                       R"(\"model\":\"other\")",
                                                       "{[,:]}"};
constexpr std::array<std::string_view, 6> spaces{"", "", "", " ", "\n", "\t \r\n"};

// What is not even must not be cut in the middle of a character or an escape: so the filling ends early rather.
std::string json_string(Dice& dice, std::size_t size) {
  return size > 64 * 1024 ? filled(size, [] { return 'x'; }) + std::string(dice.of(json_pieces))
                          : filled(size, [&] { return dice.of(json_pieces); });
}

std::string json_body(Dice& dice, std::size_t size) {
  const auto space = [&] { return dice.of(spaces); };
  std::string model = fmt::format("\"model\"{}:{}\"m\"", space(), space());
  if (dice.one_in(5)) model = R"("\u006dodel":"\u006d")";
  const std::string content = fmt::format("\"x\"{}:{}\"{}\"", space(), space(), json_string(dice, size));
  const bool model_first = dice.one_in(2);
  if (size == 0) return fmt::format("{{{}{}{}}}", space(), model, space());
  return fmt::format("{}{{{}{}{},{}{}}}{}", dice.one_in(10) ? "\xef\xbb\xbf" : "", space(),
                     model_first ? model : content, space(), space(), model_first ? content : model, space());
}

std::string opaque_body(Dice& dice, std::size_t size) {
  return filled(size, [&] { return static_cast<char>(dice.below(256)); });
}

std::string events_body(Dice& dice, std::size_t size) {
  std::string text = filled(size, [&] {
    constexpr std::array<std::string_view, 7> lines{
        "data: {\"a\":1}\n\n", "data: gr\xc3\xbc\xc3\x9f\r\n\r\n", ": x\n\n", "event: e\ndata:\n\n", "id: 1\n", "\n",
        "data: [DONE]\n\n"};
    return dice.of(lines);
  });
  return text;
}

// The body in chunks of whatever sizes, written in whatever way.
std::string chunked(Dice& dice, std::string_view body) {
  std::string text;
  text.reserve(body.size() + body.size() / 8 + 100);
  // Not too many of them, though.
  const std::size_t most = std::max(std::size_t{1} << dice.below(17), body.size() / 5'000);
  constexpr std::array<std::string_view, 6> extensions{"", "", "", ";a", ";name=value", "; q=\"a;b\" ;c"};
  while (!body.empty()) {
    const auto size = std::min(body.size(), 1 + dice.below(most));
    const std::string digits = dice.one_in(2) ? fmt::format("{:x}", size) : fmt::format("{:04X}", size);
    text += digits;
    text += dice.of(extensions);
    text += "\r\n";
    text += body.substr(0, size);
    text += "\r\n";
    body.remove_prefix(size);
  }
  constexpr std::array<std::string_view, 4> ends{"0\r\n\r\n", "000\r\n\r\n", "0;last\r\n\r\n",
                                                 "0\r\nX-Sum: 1\r\nHost: trailer\r\n\r\n"};
  return text.append(dice.of(ends));
}

}  // namespace

GeneratedExchange generate_exchange(std::uint64_t number, std::size_t request_size, std::size_t answer_size,
                                    std::string_view more) {
  Dice dice(number);
  GeneratedExchange made;
  made.request_body = json_body(dice, request_size);
  made.request = fmt::format("POST /v1/chat/completions HTTP/1.1\r\nHost: h\r\nX-Exchange: {}\r\n{}", number, more);
  if (is_sent_in_chunks(number)) {
    made.request += "Transfer-Encoding: chunked\r\n\r\n" + chunked(dice, made.request_body);
  } else {
    made.request += fmt::format("Content-Length: {}\r\n\r\n", made.request_body.size()) + made.request_body;
  }

  constexpr std::array<int, 6> statuses{200, 200, 200, 201, 429, 500};
  constexpr std::array<std::string_view, 4> codings{"gzip", "br", "zstd", "deflate"};
  std::string fields;
  bool is_followed = false;
  switch (dice.below(3)) {
    case 0:
      made.answer_body = json_body(dice, answer_size);
      fields = "Content-Type: application/json\r\n";
      break;
    case 1:
      made.answer_body = events_body(dice, answer_size);
      is_followed = true;
      fields = "Content-Type: text/event-stream\r\n";
      break;
    default:
      made.answer_body = opaque_body(dice, answer_size);
      fields = fmt::format("Content-Type: text/event-stream\r\nContent-Encoding: {}\r\n", dice.of(codings));
      break;
  }
  made.answer_head = fmt::format("HTTP/1.1 {} Made Up\r\n{}", dice.of(statuses), fields);
  switch (dice.below(4)) {
    case 0:
      made.answer_ends_by_closing = true;
      if (is_followed) made.answer_body += "\n\ndata: [DONE]\n\n";  // without it, it would be one that was cut short
      made.answer_rest = made.answer_body;
      break;
    case 1:
      made.answer_head += fmt::format("Content-Length: {}\r\n", made.answer_body.size());
      made.answer_rest = made.answer_body;
      break;
    default:
      made.answer_head += "Transfer-Encoding: chunked\r\n";
      made.answer_rest = chunked(dice, made.answer_body);
      break;
  }
  return made;
}

std::string digest(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> value;
  std::size_t size = 0;
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, bytes.data(), bytes.size(), value.data(), &size) != 1) return "";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", value[i]);
  return text;
}

}  // namespace pointsman::test
