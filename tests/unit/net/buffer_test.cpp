#include "pointsman/net/buffer.hpp"

#include <gtest/gtest.h>

namespace pointsman::net {
namespace {

TEST(Buffer, GrowsAtItsEndAndShrinksAtItsFront) {
  Buffer buffer;
  buffer.append("one");
  buffer.append("");
  buffer.append(" two");
  EXPECT_EQ(buffer.view(), "one two");
  buffer.consume(4);
  EXPECT_EQ(buffer.view(), "two");
  buffer.consume(3);
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, KeepsReadablePaddingBehindItsContent) {
  Buffer buffer;
  for (const std::size_t size : {1, 63, 64, 65, 5000}) {
    buffer.reserve(size);
    buffer.truncate(0);
    buffer.append(std::string(size, 'x'));
    // Under the address sanitizer this reads out of bounds if the padding is not there.
    int sum = 0;
    for (std::size_t i = 0; i < Buffer::padding; ++i) sum += buffer.data()[size + i];
    EXPECT_EQ(buffer.size(), size) << sum;
  }
}

TEST(Buffer, GivesItsMemoryBack) {
  Buffer buffer;
  buffer.append("content");
  buffer.release();
  EXPECT_EQ(buffer.capacity(), 0u);
  EXPECT_EQ(buffer.view(), "");
  buffer.append("again");
  EXPECT_EQ(buffer.view(), "again");
}

}  // namespace
}  // namespace pointsman::net
