#include "pointsman/config/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The tree in one line, with places.
std::string drawn(const Node& node) {
  std::string result = std::to_string(node.place.line) + ":" + std::to_string(node.place.column) + " ";
  switch (node.kind) {
    case Node::Kind::null: return result + "null";
    case Node::Kind::scalar: return result + node.text;
    case Node::Kind::sequence:
      for (const auto& item : node.items) result += "[" + drawn(item) + "]";
      return result;
    case Node::Kind::mapping:
      for (const auto& entry : node.entries) {
        result += "{" + std::to_string(entry.place.line) + ":" + std::to_string(entry.place.column) + " " + entry.key +
                  "=" + drawn(entry.value) + "}";
      }
      return result;
  }
  return result;
}

std::string problem_of(const std::string& yaml) {
  const auto document = read_document(yaml);
  return document.problems.empty() ? "" : text(document.problems.front(), "f");
}

TEST(ReadDocument, KeepsPlaces) {
  EXPECT_EQ(drawn(read_document("a: 1\nb:\n  - c\n  - {d: ~, e: ''}\n").root),
            "1:1 {1:1 a=1:4 1}{2:1 b=3:3 [3:5 c][4:5 {4:6 d=4:9 null}{4:12 e=4:15 }]}");
}

TEST(ReadDocument, NothingIsNull) {
  for (const auto yaml : {"", "# only a comment\n", "---\n", "\xef\xbb\xbf"}) {
    const auto document = read_document(yaml);
    EXPECT_THAT(document.problems, IsEmpty());
    EXPECT_EQ(document.root.kind, Node::Kind::null);
  }
}

TEST(ReadDocument, AliasesAreCopiesThatStandWhereTheOriginalStands) {
  EXPECT_EQ(drawn(read_document("a: &x {p: 1}\nb: *x\n").root),
            "1:1 {1:1 a=1:4 {1:8 p=1:11 1}}{2:1 b=1:4 {1:8 p=1:11 1}}");
}

TEST(ReadDocument, AKeyThatIsWrittenTwiceKeepsTheFirst) {
  const auto document = read_document("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(drawn(document.root), "1:1 {1:1 a=1:4 1}{2:1 b=2:4 2}");
  ASSERT_EQ(document.problems.size(), 1u);
  EXPECT_EQ(text(document.problems[0], "f"), "f:3:1: `a` is written twice; it stands in line 1 already");
}

TEST(ReadDocument, SaysWhereTheSyntaxIsWrong) {
  const struct {
    std::string yaml;
    std::string problem;
  } rows[] = {
      {"a: b: c",
       "f:1:5: this is not YAML: illegal map value (is the indentation right? a value that contains a colon and a "
       "space "
       "needs quotes)"},
      {"a: 1\nkey: {b: ${X}}",
       "f:2:11: this is not YAML: end of map flow not found (inside of { } a value such as ${NAME} needs quotes: "
       "\"${NAME}\")"},
      {"a: \"x", "f:1:6: this is not YAML: illegal EOF in scalar"},
      {"a: *s3cret",
       "f:1:4: this is not YAML: the referenced anchor is not defined (a value that begins with a special "
       "character needs quotes)"},
      {"a: @x", "f:1:4: this is not YAML: unknown token (a value that begins with a special character needs quotes)"},
      {"a: \"\\q\"", "f:1:7: this is not YAML: unknown escape character"},
      {"a: 1\n---\nb: 2\n", "f:2:1: a second YAML document begins here; the file must be a single one"},
      {"[],[]", "f:1:3: a second YAML document begins here; the file must be a single one"},
      {"&a [*a]", "f:1:5: this alias stands inside of what it refers to"},
      {"a: !env X", "f:1:4: tags (a word that begins with !) mean nothing here"},
      {"{[a]: 1}", "f:1:2: a key must be a text"},
      {"{~: 1}", "f:1:2: a key must be a text"},
      {"gr\xc3\xbc\xc3\x9f: \x04 b", "f:1:7: here is a control character, or something that is not UTF-8"},
      {"a: 1\nb: \xff", "f:2:4: here is a control character, or something that is not UTF-8"},
      {"\xff\xfe"
       "a",
       "f:1:1: here is a control character, or something that is not UTF-8"},
  };
  for (const auto& row : rows) EXPECT_EQ(problem_of(row.yaml), row.problem) << row.yaml;
}

TEST(ReadDocument, BoundsTheDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(problem_of(nested(maximum_depth)), "");
  EXPECT_EQ(problem_of(nested(maximum_depth + 1)), "f:1:17: lists and mappings are nested more than 16 deep");
  EXPECT_THAT(problem_of(std::string(500'000, '[')), HasSubstr("nested more than 16 deep"));
}

// Ten anchors, each a list of the one before ten times over: 10^10 values out of half a kilobyte.
TEST(ReadDocument, BoundsWhatAliasesMultiply) {
  std::string bomb = "a0: &a0 x\n";
  for (int i = 1; i <= 10; ++i) {
    const auto previous = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
    for (int j = 1; j < 10; ++j) bomb += ", " + previous;
    bomb += "]\n";
  }
  EXPECT_THAT(problem_of(bomb), HasSubstr("the file has too many values, counting those that aliases repeat"));
}

TEST(ReadDocument, BoundsLongTextsThatAliasesMultiply) {
  std::string bomb = "- &a " + std::string(500'000, 'x') + "\n";
  for (int i = 0; i < 1'000; ++i) bomb += "- *a\n";
  EXPECT_THAT(problem_of(bomb), HasSubstr("the file has too many values"));
}

}  // namespace
}  // namespace pointsman::config
