#include "pointsman/http/head.hpp"

#include <gtest/gtest.h>

namespace pointsman::http {
namespace {

constexpr std::string_view request =
    "POST /v1/chat/completions?beta=true HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-twice:  2 \r\nEmpty:\r\n\r\n";

TEST(HeadScan, FindsTheEndWhereverTheBytesAreSplit) {
  const Limits limits;
  const std::string behind = std::string(request) + "body";
  for (std::size_t split = 0; split < request.size(); ++split) {
    HeadScan scan;
    EXPECT_EQ(scan.step(std::string_view(behind).substr(0, split), limits), HeadScan::State::need_more) << split;
    EXPECT_EQ(scan.step(behind, limits), HeadScan::State::complete) << split;
    EXPECT_EQ(scan.size(), request.size()) << split;
  }
}

TEST(HeadScan, EndsAtItsBound) {
  Limits limits;
  limits.head = request.size();
  HeadScan exact;
  EXPECT_EQ(exact.step(request, limits), HeadScan::State::complete);
  limits.head = request.size() - 1;
  HeadScan over;
  EXPECT_EQ(over.step(request, limits), HeadScan::State::too_large);
  HeadScan endless;
  EXPECT_EQ(endless.step(std::string(limits.head, 'x'), limits), HeadScan::State::too_large);
}

TEST(RequestHead, IsSeenAsItCame) {
  RequestHead head;
  ASSERT_EQ(parse(request, Limits(), head), std::nullopt);
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/v1/chat/completions");
  EXPECT_EQ(head.query, "?beta=true");
  EXPECT_EQ(head.minor_version, 1);
  std::string fields;
  for (const auto& field : head.fields) fields += std::string(field.name) + "=" + std::string(field.value) + ";";
  EXPECT_EQ(fields, "Host=h;X-Twice=1;x-twice=2;Empty=;");
  EXPECT_EQ(head.fields.find("X-TWICE"), "1");
  EXPECT_EQ(head.fields.count("x-twice"), 2u);
  EXPECT_EQ(head.fields.find("absent"), std::nullopt);
}

// Whichever of them are left out, and whatever the parser that found them.
TEST(FieldRuns, AreWhatTheFieldsAreOneByOne) {
  const std::string head =
      "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB:2\r\nC:  3\r\nD: 4 \r\nE: \r\nF:\r\nG:\t5\r\nH: a, b\r\nI: 6\r\n\r\n";
  const std::string other = "GET / HTTP/1.1\r\nConnection: x, y\r\n" + head.substr(head.find("Host"));
  for (const auto& bytes : {head, other}) {
    RequestHead parsed;
    ASSERT_EQ(parse(bytes, Limits(), parsed), std::nullopt);
    for (unsigned chosen = 0; chosen < 1U << parsed.fields.size(); ++chosen) {
      std::string one_by_one;
      std::string in_runs;
      FieldRuns runs(in_runs);
      unsigned number = 0;
      for (const auto& field : parsed.fields) {
        if ((chosen >> number++ & 1U) == 0) continue;
        append_field(one_by_one, field.name, field.value);
        runs.add(field);
      }
      runs.finish();
      ASSERT_EQ(in_runs, one_by_one) << chosen;
    }
  }
}

TEST(Fields, SayWhetherTheClientAsksForDebug) {
  for (const auto& [value, asks] : {std::pair("1", true), {"TRUE", true}, {"0", false}, {"", false}, {"yes", false}}) {
    Fields fields;
    fields.add("X-Pointsman-Debug", value);
    EXPECT_EQ(fields.asks_for_debug(), asks) << value;
    fields.clear();
    EXPECT_FALSE(fields.asks_for_debug());
  }
}

TEST(RequestHead, HasBoundsOnFieldsAndTarget) {
  Limits limits;
  limits.fields = 3;
  RequestHead head;
  EXPECT_NE(parse(request, limits, head), std::nullopt);
  limits = Limits();
  limits.target = 10;
  EXPECT_NE(parse(request, limits, head), std::nullopt);
}

TEST(Fields, FindTokensInLists) {
  Fields fields;
  fields.add("Connection", "keep-alive , Foo");
  fields.add("connection", "bar");
  EXPECT_TRUE(fields.has_token(FieldName::connection, "foo"));
  EXPECT_TRUE(fields.has_token(FieldName::connection, "KEEP-ALIVE"));
  EXPECT_TRUE(fields.has_token(FieldName::connection, "bar"));
  EXPECT_FALSE(fields.has_token(FieldName::connection, "fo"));
}

}  // namespace
}  // namespace pointsman::http
