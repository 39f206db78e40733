#include "pointsman/net/accept_failures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::net {
namespace {

using testing::HasSubstr;

const MonotonicTime start{std::chrono::hours(1)};

TEST(AcceptFailures, AreSaidWhenTheyBeginAndWhenTheyAreOver) {
  AcceptFailures failures;
  EXPECT_EQ(failures.over(start), 0u);
  EXPECT_TRUE(failures.failed(start));
  auto now = start;
  for (int i = 0; i < 1'000; ++i) {
    now += Milliseconds(100);
    EXPECT_EQ(failures.over(now), 0u);
    EXPECT_FALSE(failures.failed(now));
  }
  EXPECT_EQ(failures.over(now + AcceptFailures::calm - Milliseconds(1)), 0u);
  EXPECT_EQ(failures.over(now + AcceptFailures::calm), 1'001u);
  EXPECT_EQ(failures.over(now + 2 * AcceptFailures::calm), 0u) << "that was said";
}

TEST(AcceptFailures, BeginAnewAfterThat) {
  AcceptFailures failures;
  EXPECT_TRUE(failures.failed(start));
  EXPECT_EQ(failures.over(start + AcceptFailures::calm), 1u);
  EXPECT_TRUE(failures.failed(start + 2 * AcceptFailures::calm));
  EXPECT_FALSE(failures.failed(start + 2 * AcceptFailures::calm));
  EXPECT_EQ(failures.over(start + 3 * AcceptFailures::calm), 2u);
  EXPECT_EQ(failures.count(), 3u);
}

TEST(AcceptFailures, SayWhatToDo) {
  namespace errors = boost::system::errc;
  const auto words = [](errors::errc_t error) { return accept_failure_in_words(errors::make_error_code(error)); };
  EXPECT_THAT(words(errors::too_many_files_open), HasSubstr("LimitNOFILE="));
  EXPECT_THAT(words(errors::too_many_files_open_in_system), HasSubstr("fs.file-max"));
  EXPECT_THAT(words(errors::no_buffer_space), HasSubstr("memory"));
  EXPECT_EQ(words(errors::operation_not_permitted), "Operation not permitted");
}

}  // namespace
}  // namespace pointsman::net
