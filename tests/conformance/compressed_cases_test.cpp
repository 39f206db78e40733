#include <gmock/gmock.h>

#include <string>

#include "support/behind_gateway.hpp"
#include "support/compressed.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// Case 16 of facts/openai-api.md: compressed requests.
namespace pointsman::test {
namespace {

constexpr const char* body = R"({"model":"m","messages":[{"role":"user","content":"grüße 😀"}]})";
const std::string codings[] = {"gzip", "deflate", "zstd", "br"};
constexpr std::size_t megabyte = 1 << 20;

std::string encoding(const std::string& coding) { return "Content-Encoding: " + coding + "\r\n"; }

// A request of that size, of which a part compresses badly.
std::string body_of(std::size_t size) {
  std::string content;
  std::uint32_t state = 1;
  while (content.size() < size / 16) {
    state = state * 1664525 + 1013904223;
    content += static_cast<char>('A' + (state >> 24) % 26);
  }
  std::string text = R"({"messages":[{"role":"user","content":")" + content;
  text.append(size - text.size() - 16, 'x');
  return text + R"("}],"model":"m"})";
}

class CompressedCases : public BehindGateway {
 protected:
  Response send(const std::string& content, const std::string& fields) const {
    RawClient client(port());
    client.send(post(content, fields));
    return client.read_response();
  }
};

TEST_F(CompressedCases, Case16_ACompressedBodyIsRoutedAsItIs) {
  start({{chat_route, echo()}});
  for (const auto& coding : codings) {
    for (const std::string& text : {std::string(body), body_of(3 * megabyte)}) {
      const auto content = compressed(coding, text);
      const auto response = send(content, encoding(coding) + "Content-Type: application/json\r\n");
      EXPECT_EQ(response.status(), 200) << coding << response.body.substr(0, 500);
      EXPECT_TRUE(response.body == content) << coding;
      const auto requests = upstream_->requests();
      const auto* passed = requests.back().header("Content-Encoding");
      ASSERT_NE(passed, nullptr) << coding;
      EXPECT_EQ(*passed, coding);
    }
  }
  // It says that there is none.
  EXPECT_EQ(send(body, encoding("identity")).body, body);
}

TEST_F(CompressedCases, Case16_AnAliasInACompressedBodyGoesOnDecompressed) {
  start({{chat_route, echo()}}, {.of_endpoint = "models: [{id: m, aliases: [small]}]"});
  for (const auto& coding : codings) {
    const auto response = send(compressed(coding, R"({"x":1,"model":"small","y":2})"), encoding(coding));
    EXPECT_EQ(response.body, R"({"x":1,"model":"m","y":2})") << coding;
    EXPECT_EQ(upstream_->requests().back().header("Content-Encoding"), nullptr) << coding;
  }
}

TEST_F(CompressedCases, Case16_ABombIsTooLarge) {
  start({{chat_route, echo()}}, {.file = "limits: {request_body: 4MiB}\n"});
  const std::string lengthy = R"({"model":"m","messages":[]})" + std::string(100 * megabyte, ' ');
  const std::string dense = R"({"model":"m","messages":[]})" + std::string(2 * megabyte, ' ');
  for (const auto& coding : codings) {
    EXPECT_TRUE(is_own_error(send(compressed(coding, lengthy), encoding(coding)), 413, "request_too_large")) << coding;
    EXPECT_TRUE(is_own_error(send(compressed(coding, dense), encoding(coding)), 413, "request_too_large")) << coding;
    // What compresses as texts do may have all the room that a body has.
    EXPECT_EQ(send(compressed(coding, body_of(4 * megabyte)), encoding(coding)).status(), 200) << coding;
    EXPECT_TRUE(
        is_own_error(send(compressed(coding, body_of(4 * megabyte + 1)), encoding(coding)), 413, "request_too_large"))
        << coding;
  }
  EXPECT_EQ(requests_upstream(), std::size(codings));
}

TEST_F(CompressedCases, Case16_WhatDoesNotDecompressIsRefused) {
  start({{chat_route, echo()}});
  for (const auto& coding : codings) {
    const auto content = compressed(coding, body);
    for (const auto& wrong : {content.substr(0, content.size() - 1), content.substr(0, 3), content + "garbage",
                              std::string(), std::string(body)}) {
      EXPECT_TRUE(is_own_error(send(wrong, encoding(coding)), 400)) << coding;
    }
    // These two end in a checksum.
    if (coding == "gzip" || coding == "deflate") {
      auto broken = content;
      broken[broken.size() / 2] ^= 0x55;
      EXPECT_TRUE(is_own_error(send(broken, encoding(coding)), 400)) << coding;
    }
    // What is inside is looked at as if it had come so.
    EXPECT_TRUE(is_own_error(send(compressed(coding, R"({"model":"m","model":"n"})"), encoding(coding)), 400));
    EXPECT_TRUE(
        is_own_error(send(compressed(coding, R"({"model":"nobody's"})"), encoding(coding)), 404, "model_not_found"));
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(CompressedCases, Case16_SeveralGzipMembersAreOneBody) {
  start({{chat_route, echo()}});
  const auto content = compressed("gzip", R"({"mod)") + compressed("gzip", R"(el":"m"})");
  EXPECT_EQ(send(content, encoding("gzip")).body, content);
  // A second object is no body, however it is cut.
  EXPECT_TRUE(is_own_error(
      send(compressed("gzip", R"({"model":"m"})") + compressed("gzip", R"({"model":"n"})"), encoding("gzip")), 400));
}

TEST_F(CompressedCases, Case16_OtherCodingsAreRefused) {
  start({{chat_route, echo()}});
  for (const std::string fields :
       {"Content-Encoding: compress\r\n", "Content-Encoding: gzip, br\r\n", "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n", "Content-Encoding:\r\n"}) {
    const auto response = send(compressed("gzip", body), fields);
    EXPECT_TRUE(is_own_error(response, 415)) << fields;
    EXPECT_EQ(response.field("Accept-Encoding"), "gzip, zstd, br") << fields;
  }
  EXPECT_EQ(requests_upstream(), 0u);
}

TEST_F(CompressedCases, Case16_WhatIsDecompressedCountsAsBuffered) {
  start({{chat_route, echo()}}, {.file = "limits: {request_body: 32MiB, buffered: 1MiB}\n"});
  const auto content = compressed("gzip", body_of(4 * megabyte));
  ASSERT_LT(content.size(), megabyte / 2);
  // Each time anew: what was counted is given back.
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_own_error(send(content, encoding("gzip")), 503, "overloaded"));
    EXPECT_EQ(send(compressed("gzip", body_of(200'000)), encoding("gzip")).status(), 200);
  }
}

TEST_F(CompressedCases, AKeyCountsForTheModelInACompressedBody) {
  start({{chat_route, echo()}}, {.file = "access: {keys: [{name: k, key: right-key, models: [other]}]}\n"});
  EXPECT_TRUE(is_own_error(send(compressed("zstd", body), encoding("zstd") + "x-api-key: right-key\r\n"), 403,
                           "model_not_allowed"));
}

}  // namespace
}  // namespace pointsman::test
