#include "pointsman/probe/judge.hpp"

#include <gtest/gtest.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

using registry::Verdict;

constexpr auto route = "/v1/responses";
constexpr auto nonsense = "/v1/does-not-exist-1";

struct Case {
  std::string name;
  int baseline_status;
  std::string baseline_body;
  int status;
  std::string body;
  Verdict verdict;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class JudgePost : public testing::TestWithParam<Case> {};

TEST_P(JudgePost, SaysWhetherTheRouteIsThere) {
  const auto& each = GetParam();
  const auto baseline = answered(post(nonsense, "{"), each.baseline_status, each.baseline_body);
  const auto seen = answered(post(route, "{"), each.status, each.body);
  EXPECT_EQ(judge(seen, baseline), each.verdict);
}

const std::string fastapi = R"({"detail":"Not Found"})";
const std::string llama = R"({"error":{"message":"File Not Found","type":"not_found_error","code":404}})";

INSTANTIATE_TEST_SUITE_P(
    Table, JudgePost,
    testing::Values(
        // A missing route, in the words of each server.
        Case{"ollama_missing", 404, "404 page not found", 404, "404 page not found", Verdict::no},
        Case{"fastapi_missing", 404, fastapi, 404, fastapi, Verdict::no},
        Case{"axum_missing", 404, "", 404, "", Verdict::no}, Case{"llama_missing", 404, llama, 404, llama, Verdict::no},
        Case{"xllm_missing_repeats_the_path", 404,
             R"({"error":"not_found","status":404,"path":"/v1/does-not-exist-1"})", 404,
             R"({"error":"not_found","status":404,"path":"/v1/responses"})", Verdict::no},
        Case{"lm_studio_missing", 200, R"x({"error":"Unexpected endpoint or method. (POST /v1/does-not-exist-1)"})x",
             200, R"x({"error":"Unexpected endpoint or method. (POST /v1/responses)"})x", Verdict::no},
        Case{"lm_studio_missing_in_other_words", 200,
             R"x({"error":"Unexpected endpoint or method. (POST /a) at 12:00"})x", 200,
             R"x({"error":"Unexpected endpoint or method. (POST /b) at 12:01"})x", Verdict::no},
        Case{"web_page_for_everything", 200, "<html>", 200, "<html>", Verdict::no},
        Case{"static_files_405", 405, "", 405, "", Verdict::no},
        Case{"python_http_server_501", 501, "Unsupported method ('POST')", 501, "Unsupported method ('POST')",
             Verdict::no},
        Case{"another_404_text", 404, "404 page not found", 404, "No handler for this", Verdict::no},
        Case{"only_get_there", 404, "", 405, "", Verdict::no},
        // Present: it complains about the request.
        Case{"ollama_present", 404, "404 page not found", 400, "unexpected EOF", Verdict::yes},
        Case{"fastapi_present", 404, fastapi, 422, "{}", Verdict::yes},
        Case{"wants_json", 404, "", 415, "", Verdict::yes},
        Case{"mlx_wants_length", 404, "Not Found", 411, "", Verdict::yes},
        Case{"koboldcpp_present", 404, "", 500, R"({"detail":{"msg":"x","type":"bad_input"}})", Verdict::yes},
        Case{"lm_studio_present", 200, "unexpected", 400, "'messages' field is required", Verdict::yes},
        Case{"names_the_model", 404, "404 page not found", 404, R"({"error":{"message":"model '' not found"}})",
             Verdict::yes},
        Case{"not_found_error_of_vllm", 404, fastapi, 404,
             R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError"}})", Verdict::yes},
        // Offered to no model: the request named none.
        Case{"llama_501", 404, llama, 501, R"({"error":{"code":501,"type":"not_supported_error"}})", Verdict::no},
        Case{"old_vllm_200_with_error", 404, fastapi, 200,
             R"({"object":"error","message":"The model does not support Embeddings API"})", Verdict::no},
        // What stands in front of the routes says nothing about them.
        Case{"auth_before_routing", 401, "", 401, "", Verdict::unknown},
        Case{"auth_on_the_route", 404, "", 401, "", Verdict::unknown},
        Case{"forbidden", 404, "", 403, "", Verdict::unknown}, Case{"rate_limited", 404, "", 429, "", Verdict::unknown},
        Case{"baseline_rate_limited", 429, "", 400, "bad json", Verdict::unknown},
        Case{"loading", 404, "", 503, "Loading model", Verdict::unknown},
        Case{"loading_baseline", 503, "Loading model", 400, "", Verdict::unknown},
        Case{"parses_before_it_routes", 400, "bad json", 400, "bad json", Verdict::unknown},
        Case{"parses_first_and_varies", 400, "bad json (request 1)", 400, "bad json (request 2)", Verdict::unknown},
        Case{"looks_for_the_model_before_it_routes", 404, "model not found", 404, "model not found", Verdict::unknown},
        Case{"broken_for_everything", 500, "oops", 500, "oops", Verdict::unknown},
        Case{"broken_here", 404, "", 500, "oops", Verdict::unknown},
        Case{"redirects", 404, "", 307, "", Verdict::unknown},
        Case{"bad_gateway", 404, "", 502, "<html>", Verdict::unknown},
        Case{"accepts_malformed_json", 404, "", 200, "{}", Verdict::unknown}),
    [](const auto& each) { return each.param.name; });

struct GetCase {
  std::string name;
  int baseline_status;
  int status;
  std::string allow;
  Verdict verdict;
};

void PrintTo(const GetCase& each, std::ostream* out) { *out << each.name; }

class JudgeGet : public testing::TestWithParam<GetCase> {};

TEST_P(JudgeGet, SaysWhetherTheRouteIsThere) {
  const auto& each = GetParam();
  std::vector<std::pair<std::string, std::string>> headers;
  if (!each.allow.empty()) headers.emplace_back("allow", each.allow);
  const auto baseline = answered(get(nonsense), each.baseline_status, "x");
  EXPECT_EQ(judge(answered(get(route), each.status, "x", headers), baseline), each.verdict);
}

INSTANTIATE_TEST_SUITE_P(Table, JudgeGet,
                         testing::Values(GetCase{"post_allowed", 404, 405, "POST", Verdict::yes},
                                         GetCase{"among_others", 404, 405, "OPTIONS, post", Verdict::yes},
                                         GetCase{"lemonade_names_no_methods", 404, 405, "", Verdict::yes},
                                         GetCase{"post_not_allowed", 404, 405, "PUT", Verdict::unknown},
                                         GetCase{"everything_is_405", 405, 405, "POST", Verdict::unknown},
                                         GetCase{"looks_missing", 404, 404, "", Verdict::no},
                                         GetCase{"lm_studio", 200, 200, "", Verdict::unknown},
                                         GetCase{"websocket_of_localai", 404, 426, "", Verdict::unknown},
                                         GetCase{"locked", 401, 405, "POST", Verdict::unknown},
                                         GetCase{"stored_completions_of_openai", 404, 200, "", Verdict::unknown}),
                         [](const auto& each) { return each.param.name; });

TEST(Judge, NeedsTwoAnswers) {
  const auto missing = answered(post(nonsense, "{"), 404);
  const auto present = answered(post(route, "{"), 400);
  ASSERT_EQ(judge(present, missing), Verdict::yes);
  EXPECT_EQ(judge(present, failed(post(nonsense, "{"), Failure::timed_out)), Verdict::unknown);
  EXPECT_EQ(judge(failed(post(route, "{"), Failure::broken), missing), Verdict::unknown);
}

}  // namespace
}  // namespace pointsman::probe
