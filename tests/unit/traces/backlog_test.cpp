#include "pointsman/traces/backlog.hpp"

#include <gtest/gtest.h>

namespace pointsman::traces {
namespace {

std::vector<Span> named(const std::string& names) {
  std::vector<Span> spans;
  for (const char name : names) spans.emplace_back().name = name;
  return spans;
}

std::string names(const std::vector<Span>& spans) {
  std::string all;
  for (const auto& span : spans) all += span.name;
  return all;
}

TEST(Backlog, GivesTheOldestFirst) {
  Backlog backlog;
  backlog.add(named("ab"));
  backlog.add(named("cd"));
  EXPECT_EQ(backlog.size(), 4u);
  EXPECT_EQ(names(backlog.take(3)), "abc");
  EXPECT_EQ(names(backlog.take(3)), "d");
  EXPECT_EQ(names(backlog.take(3)), "");
  EXPECT_EQ(backlog.size(), 0u);
  EXPECT_EQ(backlog.dropped(), 0u);
}

TEST(Backlog, DropsWhatItHasNoRoomFor) {
  Backlog backlog(3);
  backlog.add(named("ab"));
  backlog.add(named("cde"));
  EXPECT_EQ(backlog.dropped(), 2u);
  backlog.add(named("f"));
  EXPECT_EQ(backlog.dropped(), 3u);
  EXPECT_EQ(names(backlog.take(9)), "abc");
}

TEST(Backlog, TakesBackWhatThereIsRoomFor) {
  Backlog backlog(3);
  backlog.add(named("abc"));
  auto taken = backlog.take(2);
  backlog.add(named("d"));
  backlog.give_back(std::move(taken));
  EXPECT_EQ(backlog.dropped(), 1u);
  EXPECT_EQ(names(backlog.take(9)), "bcd");
  backlog.add(named("xyz"));
  backlog.give_back(named("ab"));
  EXPECT_EQ(backlog.dropped(), 3u);
  EXPECT_EQ(names(backlog.take(9)), "xyz");
}

}  // namespace
}  // namespace pointsman::traces
