#include "pointsman/probe/model_list.hpp"

#include <gmock/gmock.h>

namespace pointsman::probe {
namespace {

std::vector<std::string> ids(const ModelList& list) {
  std::vector<std::string> result;
  for (const auto& model : list.models) result.push_back(model.id);
  return result;
}

TEST(ReadModels, TakesTheFormsThatServersUse) {
  struct Case {
    std::string body;
    std::vector<std::string> ids;
  };
  const Case cases[] = {
      {R"({"object":"list","data":[{"id":"a"},{"id":"org/b:c"}]})", {"a", "org/b:c"}},
      {R"({"data":[{"id":"a"}]})", {"a"}},
      {R"([{"id":"a","type":"chat"}])", {"a"}},
      {R"({"object":"list","data":[]})", {}},
      {R"({"object":"list","data":null})", {}},
      {R"({"models":[{"name":"x"}],"object":"list","data":[{"id":"a"}]})", {"a"}},
      {R"({"object":"list","data":[{"id":"b"},{"id":"a"},{"id":"b"}]})", {"b", "a"}},
  };
  for (const auto& each : cases) {
    const auto list = read_models(each.body);
    ASSERT_TRUE(list) << each.body;
    EXPECT_EQ(ids(*list), each.ids) << each.body;
    EXPECT_EQ(list->remark(), "") << each.body;
  }
}

TEST(ReadModels, TakesNothingElse) {
  for (const char* body :
       {"", "<html></html>", "null", "[]", "{}", "\"text\"", R"({"data":[]})", R"({"data":null})", R"({"data":{}})",
        R"({"models":[{"name":"llama3"}]})", R"({"error":{"message":"no"}})", R"({"object":"list"})",
        R"({"object":"list","data":[1,2]})", R"([{"name":"a"}])", R"({"object":"list","data":[)"}) {
    EXPECT_FALSE(read_models(body)) << body;
  }
}

TEST(ReadModels, LeavesOutUnusableNamesAndCountsThem) {
  const std::string longest(256, 'x');
  const std::string body =
      R"({"object":"list","data":[{"id":"good"},{"id":""},{"id":"a\u0000b"},{"id":"a\nb"},{"id":7},)"
      R"({"id":null},{"id":"a\u009bb"},{"id":"bad)"
      "\xFF"
      R"("},{"id":")" +
      longest + R"("},{"id":")" + longest + R"(y"},{"object":"model"},{"id":"caf\u00e9"}]})";
  const auto list = read_models(body).value();
  EXPECT_EQ(ids(list), (std::vector<std::string>{"good", longest, "caf\xC3\xA9"}));
  EXPECT_EQ(list.unusable_names, 9u);
  EXPECT_THAT(list.remark(), testing::StartsWith("9 models are left out because their names cannot be used"));
}

TEST(ReadModels, TakesTenThousandModels) {
  std::string body = "[";
  for (int i = 0; i < 10'003; ++i) body += (i > 0 ? "," : "") + std::string("{\"id\":\"m") + std::to_string(i) + "\"}";
  const auto list = read_models(body + "]").value();
  EXPECT_EQ(list.models.size(), 10'000u);
  EXPECT_EQ(list.beyond_limit, 3u);
  EXPECT_EQ(list.remark(), "3 models are left out because only the first 10000 are taken");
}

TEST(ReadModels, ReadsTheFactsOfAModel) {
  const auto list = read_models(R"([{"id":"a","created":1700000000,"owned_by":"vllm","max_model_len":8192}])").value();
  EXPECT_EQ(list.models[0].created, 1'700'000'000);
  EXPECT_EQ(list.models[0].owned_by, "vllm");
  EXPECT_EQ(list.models[0].context_length, 8192);
}

TEST(ReadModels, TakesNoNonsenseForAFact) {
  for (const char* facts : {R"("created":"today")", R"("created":-5)", R"("created":1e300)", R"("created":null)",
                            R"("owned_by":7)", R"("owned_by":"a\u0007b")", R"("max_model_len":"many")",
                            R"("max_model_len":0)", R"("max_model_len":-1)", R"("meta":null)", R"("meta":[4])"}) {
    const auto list = read_models(R"([{"id":"a",)" + std::string(facts) + "}]").value();
    EXPECT_EQ(list.models[0].created, 0) << facts;
    EXPECT_EQ(list.models[0].owned_by, "") << facts;
    EXPECT_FALSE(list.models[0].context_length) << facts;
  }
}

TEST(ReadModels, KnowsWhereServersPutTheContextLength) {
  struct Case {
    std::string facts;
    std::int64_t tokens;
  };
  const Case cases[] = {
      {R"("max_model_len":1)", 1},
      {R"("meta":{"n_ctx":2048,"n_ctx_train":4096})", 2048},
      {R"("meta":{"n_ctx_train":4096})", 4096},
      {R"("context_length":3.0)", 3},
      {R"("context_window":131072)", 131072},
      {R"("max_context_length":4)", 4},
      {R"("max_context_length":4,"loaded_context_length":2)", 2},
  };
  for (const auto& each : cases) {
    const auto list = read_models(R"([{"id":"a",)" + each.facts + "}]").value();
    EXPECT_EQ(list.models[0].context_length, each.tokens) << each.facts;
  }
}

}  // namespace
}  // namespace pointsman::probe
