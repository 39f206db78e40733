#include "pointsman/observe/log_line.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace pointsman::observe {
namespace {

std::string json_line(const LogLine& line) {
  std::string text;
  append_json_line(text, line);
  return text;
}

std::string text_line(const LogLine& line, bool colour) {
  std::string text;
  append_text_line(text, line, colour);
  return text;
}

using nlohmann::json;

constexpr WallTime noon{Milliseconds(1'772'366'400'007)};  // 2026-03-01, a day after a February of 28 days

LogLine line(std::string_view text, std::span<const Field> fields = {}, Level level = Level::info) {
  return {noon, level, "message", text, fields};
}

TEST(JsonLine, HasTimeLevelMessageAndFieldsInThatOrder) {
  const Field fields[] = {{"endpoint", "ollama-1"}, {"models", 3}, {"load", 0.5}, {"up", true}, {"last", false}};
  EXPECT_EQ(json_line(line("an endpoint is up", fields)),
            R"({"time":"2026-03-01T12:00:00.007Z","level":"info","message":"an endpoint is up",)"
            R"("endpoint":"ollama-1","models":3,"load":0.5,"up":true,"last":false})");
}

struct Time {
  std::int64_t milliseconds;
  std::string_view text;
};

TEST(JsonLine, WritesTheTimeAsRfc3339) {
  static constexpr Time cases[] = {
      {0, "1970-01-01T00:00:00.000Z"},
      {951'782'399'999, "2000-02-28T23:59:59.999Z"},
      {951'782'400'000, "2000-02-29T00:00:00.000Z"},
      {4'102'444'799'050, "2099-12-31T23:59:59.050Z"},
  };
  for (const Time& c : cases) {
    const LogLine at{WallTime(Milliseconds(c.milliseconds)), Level::info, "message", "x", {}};
    EXPECT_EQ(json::parse(json_line(at)).at("time"), c.text);
  }
}

TEST(JsonLine, StaysOneObjectOnOneLineWhateverIsLogged) {
  const std::string_view hostile[] = {
      "",
      "line\nline\r\n",
      R"(","level":"error","x":")",
      "\\",
      std::string_view("\0\x01\x1f\x7f", 4),
      "\x1b]0;title\a",
      "\xff\xfe\xc3",
      "\xe2\x80\xa8",
      "}\n{\"level\":\"error\"}",
  };
  for (const std::string_view text : hostile) {
    const Field fields[] = {{"value", text},
                            {"infinite", std::numeric_limits<double>::infinity()},
                            {"none", std::nan("")},
                            {"least", std::numeric_limits<std::int64_t>::min()}};
    const std::string written = json_line(line(text, fields));
    EXPECT_EQ(written.find_first_of("\n\r"), std::string::npos) << written;
    const json parsed = json::parse(written);
    EXPECT_EQ(parsed.at("level"), "info") << written;
    EXPECT_EQ(parsed.at("infinite"), nullptr);
    EXPECT_EQ(parsed.at("none"), nullptr);
    EXPECT_EQ(parsed.at("least"), std::numeric_limits<std::int64_t>::min());
  }
}

TEST(JsonLine, CutsLongStrings) {
  const std::string longest(2048, 'x');
  const std::string longer(1'000'000, 'x');
  const Field fields[] = {{"kept", longest}, {"cut", longer}};
  const json parsed = json::parse(json_line(line(longer, fields)));
  EXPECT_EQ(parsed.at("kept"), longest);
  EXPECT_EQ(parsed.at("cut"), longest + " [cut]");
  EXPECT_EQ(parsed.at("message"), longest + " [cut]");
}

struct Word {
  std::string_view value;
  std::string_view text;
};

TEST(TextLine, QuotesOnlyWhatCouldBeMistaken) {
  static constexpr Word cases[] = {
      {"ollama-1", "ollama-1"},
      {"http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a=b", R"("a=b")"},
      {R"(a"b)", R"("a\"b")"},
      {R"(a\b)", R"("a\\b")"},
      {"x\n2026-03-01T12:00:00.007Z error forged", R"("x\n2026-03-01T12:00:00.007Z error forged")"},
      {"\x1b[2J", R"("\u001b[2J")"},
      {"\xc2\x9b"
       "2J",
       R"("\u009b2J")"},
      {"\xff", "\"\xef\xbf\xbd\""},
      {"gr\xc3\xbcn", "\"gr\xc3\xbcn\""},
  };
  for (const Word& c : cases) {
    const Field fields[] = {{"key", c.value}};
    EXPECT_EQ(text_line(line("said", fields), false),
              "2026-03-01T12:00:00.007Z info    said key=" + std::string(c.text));
  }
}

TEST(TextLine, SetsFurtherLinesIn) {
  EXPECT_EQ(text_line(line("first\nsecond\x1b\r\n\xff"), false),
            "2026-03-01T12:00:00.007Z info    first\n    second\\u001b\\u000d\n    \xef\xbf\xbd");
}

TEST(TextLine, ColoursTheLevelOnly) {
  const Field fields[] = {{"n", 1}};
  EXPECT_EQ(text_line(line("x", fields, Level::error), true), "2026-03-01T12:00:00.007Z \x1b[31merror  \x1b[0m x n=1");
  EXPECT_EQ(text_line(line("x", fields, Level::warning), false), "2026-03-01T12:00:00.007Z warning x n=1");
}

}  // namespace
}  // namespace pointsman::observe
