#include "pointsman/routing/affinity.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::routing {
namespace {

TEST(ConversationBeginning, EndsWithTheFirstMessageOfTheUser) {
  const struct {
    std::string body;
    std::string beginning;
  } cases[] = {
      {R"({"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"x"}]})",
       R"([{"role":"system","content":"s"},{"role":"user","content":"u"})"},
      {R"({"messages" : [ {"content":[{"type":"text","text":"u"}],"role" : "user"} , {"role":"assistant"}]})",
       R"([ {"content":[{"type":"text","text":"u"}],"role" : "user"})"},
      {R"({"messages":[{"role":"system","content":"\"role\":\"user\"}"}],"x":1})",
       R"([{"role":"system","content":"\"role\":\"user\"}"}])"},
      {R"({"messages":[{"role":"a","x":{"role":"user"}},{"role":"user"}]})",
       R"([{"role":"a","x":{"role":"user"}},{"role":"user"})"},
      {R"({"messages":[]})", "[]"},
      {R"({"tools":[{"messages":[1],"input":{"a":2}}],"x":"\\\"","input":"hello"})", R"("hello")"},
      {R"({"input":[{"role":"user","content":"u"},{"type":"function_call"}]})", R"([{"role":"user","content":"u"})"},
      {R"({"prompt":"once upon \"a\" time","stream":true})", R"("once upon \"a\" time")"},
      {"\xef\xbb\xbf{\"prompt\":[1, 2]}", "[1, 2]"},
      {R"({"model":"m","query":"q"})", ""},
      {R"({"x":"messages","y":["input"]})", ""},
      {"{}", ""},
  };
  for (const auto& each : cases) EXPECT_EQ(conversation_beginning(each.body), each.beginning) << each.body;
}

TEST(ConversationBeginning, IsBounded) {
  const std::string text(beginning_bytes, 'x');
  const auto body = R"({"messages":[{"role":"system","content":")" + text + R"("},{"role":"user","content":"u"}]})";
  const auto beginning = conversation_beginning(body);
  EXPECT_EQ(beginning.size(), beginning_bytes);
  EXPECT_EQ(beginning, std::string_view(body).substr(body.find('['), beginning_bytes));
  const std::string much(4 * 1024 * 1024, 'x');
  EXPECT_EQ(conversation_beginning(R"({"x":")" + much + R"(","messages":[]})"), "");
}

TEST(Affinity, StaysWhileAConversationGoesOn) {
  const std::string begin = R"([{"role":"system","content":"s"},{"role":"user","content":"u"})";
  const auto first = affinity("k", "m", R"({"model":"m","messages":)" + begin + "]}");
  const auto later = affinity("k", "m",
                              R"({"temperature":1,"stream":true,"messages":)" + begin +
                                  R"(,{"role":"assistant","content":"a"},{"role":"user","content":"v"}],"n":1})");
  EXPECT_NE(first, 0u);
  EXPECT_EQ(first, later);
}

TEST(Affinity, TellsKeysModelsAndConversationsApart) {
  const std::string body = R"({"prompt":"p"})";
  const auto one = affinity("k", "m", body);
  EXPECT_NE(affinity("l", "m", body), one);
  EXPECT_NE(affinity("k", "n", body), one);
  EXPECT_NE(affinity("m", "k", body), one);
  EXPECT_NE(affinity("k", "m", R"({"prompt":"q"})"), one);
  EXPECT_EQ(affinity("k", "m", "{}"), 0u);
}

}  // namespace
}  // namespace pointsman::routing
