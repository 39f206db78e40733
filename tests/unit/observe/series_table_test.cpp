#include "pointsman/observe/series_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "pointsman/observe/histogram.hpp"

namespace pointsman::observe {
namespace {

std::map<std::uint64_t, std::uint64_t> contents(const SeriesTable<Counter>& table) {
  std::map<std::uint64_t, std::uint64_t> result;
  table.for_each([&](std::uint64_t number, const Counter& counter) { result[number] = counter.value(); });
  return result;
}

TEST(SeriesTable, CountsByNumber) {
  SeriesTable<Counter> table(3);
  for (const std::uint64_t number : {7, 7, 9, 7, 0}) table.at(number)->add();
  EXPECT_EQ(contents(table), (std::map<std::uint64_t, std::uint64_t>{{0, 1}, {7, 3}, {9, 1}}));
}

TEST(SeriesTable, MakesNothingNewWhereItIsFull) {
  SeriesTable<Counter> table(2);
  auto* const first = table.at(1);
  table.at(2);
  EXPECT_EQ(table.at(3), nullptr);
  EXPECT_EQ(table.at(1), first);
  EXPECT_EQ(contents(table).size(), 2);
}

TEST(SeriesTable, IsReadWhileItGrows) {
  constexpr std::size_t most = 2'000;
  SeriesTable<Counter> table(most);
  std::atomic<bool> is_over = false;
  std::thread reader([&] {
    std::size_t before = 0;
    while (!is_over) {
      const auto now = contents(table).size();
      EXPECT_GE(now, before);
      before = now;
    }
  });
  for (std::uint64_t number = 0; number < most; ++number) table.at(number)->add();
  is_over = true;
  reader.join();
  EXPECT_EQ(contents(table).size(), most);
}

}  // namespace
}  // namespace pointsman::observe
