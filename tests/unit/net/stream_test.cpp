#include <array>
#include <boost/asio/detached.hpp>
#include <string>

#include "stream_pair.hpp"

namespace pointsman::net {
namespace {

class PlainStream : public StreamPair {
 protected:
  // What comes to the client's side next, for which it waits in the way that is given.
  template <class Wait>
  Task<std::string> next(Wait wait) {
    co_await wait(*pair_.client);
    std::string bytes(64, '\0');
    error_code error;
    bytes.resize(pair_.client->read_some(bytes, error));
    co_return error == asio::error::would_block ? "nothing" : error == asio::error::eof ? "the end" : bytes;
  }
  Task<std::string> news() {
    return next([](Stream& stream) { return stream.news(); });
  }
  Task<std::string> readable() {
    return next([](Stream& stream) { return stream.readable(); });
  }
  // Once the other side waits.
  Task<> say(std::string words) {
    co_await worker_.end_of_turn();
    co_await worker_.end_of_turn();
    EXPECT_FALSE(co_await pair_.server->write(std::array{asio::const_buffer(words.data(), words.size())}));
  }

  Pair pair_ = connect();
};

TEST_F(PlainStream, HearsNewsOnceForEachThatCame) {
  run([this]() -> Task<> {
    EXPECT_EQ(co_await news(), "nothing") << "nobody had looked yet";
    for (const std::string words : {"one", "two", "three"}) {
      asio::co_spawn(worker_.executor(), say(words), asio::detached);
      EXPECT_EQ(co_await news(), words);
    }
  }());
}

// Otherwise a stream that was asked about once is asked about for ever, with two system calls more for each event.
TEST_F(PlainStream, HearsNoNewsInVainAfterTheKernelWasAsked) {
  run([this]() -> Task<> {
    asio::co_spawn(worker_.executor(), say("one"), asio::detached);
    EXPECT_EQ(co_await readable(), "one");
    asio::co_spawn(worker_.executor(), say("two"), asio::detached);
    EXPECT_EQ(co_await news(), "two");
  }());
}

TEST_F(PlainStream, HearsOfWhatItWasToldOfAndDidNotRead) {
  run([this]() -> Task<> {
    asio::co_spawn(worker_.executor(), say("one"), asio::detached);
    co_await pair_.client->readable();
    EXPECT_EQ(co_await news(), "one");
  }());
}

TEST_F(PlainStream, FindsAnEndThatMadeNoNewsWhenItAsks) {
  run([this]() -> Task<> {
    co_await say("one");
    pair_.server->finish();
    EXPECT_EQ(co_await news(), "one");
    EXPECT_EQ(co_await readable(), "the end");
  }());
}

}  // namespace
}  // namespace pointsman::net
