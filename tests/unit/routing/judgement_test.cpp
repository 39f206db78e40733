#include "pointsman/routing/judgement.hpp"

#include <gtest/gtest.h>

namespace pointsman::routing {
namespace {

TEST(Judgement, OfAStatus) {
  struct Row {
    int status;
    Finding finding;
    Reason reason = Reason::none;
    bool may_repeat = false;
  };
  const Row rows[] = {
      {200, Finding::healthy},
      {201, Finding::healthy},
      {302, Finding::healthy},
      // It is about the request.
      {400, Finding::neither},
      {401, Finding::neither},
      {403, Finding::neither},
      {404, Finding::neither},
      {405, Finding::neither},
      {409, Finding::neither},
      {413, Finding::neither},
      {422, Finding::neither},
      {499, Finding::neither},
      {408, Finding::neither, Reason::error},
      {501, Finding::neither, Reason::error},
      {429, Finding::backpressure, Reason::busy},
      {503, Finding::backpressure, Reason::busy},
      {529, Finding::backpressure, Reason::busy},
      {500, Finding::fault, Reason::error, true},
      {502, Finding::fault, Reason::error},
      {504, Finding::fault, Reason::error},
      {507, Finding::fault, Reason::error},
      {599, Finding::fault, Reason::error},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.status);
    EXPECT_EQ(judge(row.status), (Judgement{row.finding, row.reason, row.may_repeat, {}}));
  }
  EXPECT_EQ(judge(429, Milliseconds(7)).pause, Milliseconds(7));
  EXPECT_EQ(judge(400, Milliseconds(7)).pause, std::nullopt);
}

TEST(Judgement, OfAnError) {
  struct Row {
    Error error;
    bool was_impatient;
    Judgement judgement;
  };
  const auto upstream = [](ErrorCode code, bool may_retry = false) {
    return Error{code, Origin::upstream, may_retry, ""};
  };
  const Row rows[] = {
      {upstream(ErrorCode::unreachable, true), false, {Finding::fault, Reason::unreachable, true}},
      {upstream(ErrorCode::timeout, true), false, {Finding::fault, Reason::unreachable}},
      {upstream(ErrorCode::connection_lost), false, {Finding::fault, Reason::connection_lost, true}},
      {upstream(ErrorCode::protocol), false, {Finding::fault, Reason::protocol}},
      {upstream(ErrorCode::timeout), false, {Finding::fault, Reason::timeout}},
      {upstream(ErrorCode::timeout), true, {Finding::fault, Reason::silent}},
      {{ErrorCode::internal, Origin::ourselves, false, ""}, false, {Finding::neither, Reason::error}},
      {{ErrorCode::overloaded, Origin::ourselves, false, ""}, false, {Finding::neither}},
      {{ErrorCode::cancelled, Origin::client, false, ""}, false, {Finding::neither}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(name(row.error.code));
    EXPECT_EQ(judge(row.error, row.was_impatient), row.judgement);
  }
  EXPECT_TRUE(judge(upstream(ErrorCode::unreachable, true)).nothing_was_sent());
  EXPECT_FALSE(judge(upstream(ErrorCode::connection_lost)).nothing_was_sent());
}

}  // namespace
}  // namespace pointsman::routing
