#include <boost/asio/ssl/error.hpp>
#include <random>

#include "tls_pair.hpp"

namespace pointsman::net {
namespace {

class TlsStream : public TlsPair {
 protected:
  void SetUp() override {
    pair_ = shake_hands();
    ASSERT_TRUE(client_ && server_);
  }

  // What is there now, at most `room` bytes; the error of the last read, if there was one, in error_.
  std::string read(Stream& stream, std::size_t room = 64 * 1024) {
    std::string bytes(room, '\0');
    bytes.resize(stream.read_some(bytes, error_));
    return bytes;
  }
  static Task<> write(Stream& stream, std::vector<std::string> pieces) {
    std::vector<asio::const_buffer> buffers;
    for (const auto& each : pieces) buffers.emplace_back(each.data(), each.size());
    EXPECT_FALSE(co_await stream.write(buffers));
  }
  static Task<> read_all(Stream& stream, std::size_t size, std::size_t room, std::string& bytes) {
    std::string piece(room, '\0');
    while (bytes.size() < size) {
      if (!stream.has_buffered()) co_await stream.readable();
      error_code error;
      bytes.append(piece, 0, stream.read_some(piece, error));
      if (error && error != asio::error::would_block) co_return;
    }
  }

  Pair pair_;
  error_code error_;
};

std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (auto& each : bytes) each = static_cast<char>(random());
  return bytes;
}

// Split at odd places, so that records begin and end anywhere in the buffers.
std::vector<std::string> pieces_of(const std::string& bytes) {
  std::vector<std::string> pieces;
  constexpr std::array<std::size_t, 7> sizes{1, 100'000, 0, 3, 16'384, 16'383, 40'001};
  std::size_t number = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    pieces.push_back(bytes.substr(at, sizes[number++ % sizes.size()]));
    at += pieces.back().size();
  }
  return pieces;
}

TEST_F(TlsStream, CarriesEveryByteBothWaysAtOnce) {
  const auto there = random_bytes(3 << 20, 1);
  const auto back = random_bytes(3 << 20, 2);
  std::string arrived_there;
  std::string arrived_back;
  run(write(*pair_.client, pieces_of(there)), write(*pair_.server, pieces_of(back)),
      read_all(*pair_.server, there.size(), 64 * 1024, arrived_there),
      read_all(*pair_.client, back.size(), 1000, arrived_back));
  EXPECT_TRUE(arrived_there == there);
  EXPECT_TRUE(arrived_back == back);
}

// Of a request that is begun and then written while the answer is waited for.
TEST_F(TlsStream, CarriesEveryByteOfWhatIsBegun) {
  const auto bytes = random_bytes(1 << 20, 3);
  const auto pieces = pieces_of(bytes);
  std::vector<asio::const_buffer> buffers;
  for (const auto& each : pieces) buffers.emplace_back(each.data(), each.size());
  const auto send = [&]() -> Task<> {
    pair_.client->begin_write(buffers);
    while (pair_.client->is_writing()) {
      co_await pair_.client->listen_while_writing();
      read(*pair_.client);
    }
  };
  const auto receive = [&](std::string& arrived) -> Task<> {
    co_await read_all(*pair_.server, bytes.size(), 64 * 1024, arrived);
    co_await write(*pair_.server, {"thank you"});
  };
  std::string arrived;
  run(send(), receive(arrived));
  EXPECT_TRUE(arrived == bytes);
}

TEST_F(TlsStream, SendsSmallBuffersTogether) {
  run(write(*pair_.server, {"5\r\n", "event", "", "\r\n"}));
  EXPECT_EQ(read(*pair_.client), "5\r\nevent\r\n") << "one record: one read gives it whole";
}

TEST_F(TlsStream, SaysWhatTheSocketWouldNotAnnounce) {
  run(write(*pair_.server, {"hello"}));
  EXPECT_FALSE(pair_.client->has_buffered());
  EXPECT_EQ(read(*pair_.client, 2), "he");
  EXPECT_TRUE(pair_.client->has_buffered());
  EXPECT_EQ(read(*pair_.client, 3), "llo");
  EXPECT_FALSE(pair_.client->has_buffered());
  EXPECT_EQ(read(*pair_.client), "");
  EXPECT_EQ(error_, asio::error::would_block);
}

TEST_F(TlsStream, TellsAnEndFromATruncation) {
  run(write(*pair_.server, {"bytes"}));
  pair_.server->finish();
  EXPECT_EQ(read(*pair_.client), "bytes");
  EXPECT_EQ(read(*pair_.client), "");
  EXPECT_EQ(error_, asio::error::eof);
}

// OpenSSL knows a socket by its number.
TEST_F(TlsStream, TouchesNoSocketThatIsSomebodyElsesByNow) {
  const int number = SSL_get_fd(pair_.client_ssl);
  pair_.client->close();
  int others[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, others), 0);
  ASSERT_EQ(::dup2(others[0], number), number);

  const std::string_view secret = "secret";
  const std::array buffer{asio::const_buffer(secret.data(), secret.size())};
  pair_.client->begin_write(buffer);
  EXPECT_TRUE(pair_.client->write_error());
  pair_.client->finish();
  char byte;
  EXPECT_EQ(::recv(others[1], &byte, 1, MSG_DONTWAIT), -1);
  EXPECT_EQ(read(*pair_.client), "");
  EXPECT_TRUE(error_);
  EXPECT_FALSE(pair_.client->is_quiet());
  for (const int each : {number, others[0], others[1]}) ::close(each);
}

TEST_F(TlsStream, TellsATruncationFromAnEnd) {
  run(write(*pair_.server, {"bytes"}));
  pair_.server->close();
  EXPECT_EQ(read(*pair_.client), "bytes");
  EXPECT_EQ(read(*pair_.client), "");
  EXPECT_EQ(error_, asio::ssl::error::stream_truncated) << error_.message();
}

TEST_F(TlsStream, IsQuietWhenNothingButTicketsCame) {
  EXPECT_TRUE(pair_.client->is_quiet());
  EXPECT_TRUE(pair_.client->is_quiet());
  run(write(*pair_.server, {"x"}));
  EXPECT_FALSE(pair_.client->is_quiet()) << "a byte that nobody asked for";
  EXPECT_EQ(read(*pair_.client), "x") << "which is not lost";
}

TEST_F(TlsStream, IsNotQuietAtAnEnd) {
  ASSERT_TRUE(pair_.client->is_quiet());
  pair_.server->finish();
  EXPECT_FALSE(pair_.client->is_quiet());
  ASSERT_TRUE(pair_.server->is_quiet());
  pair_.client->close();
  EXPECT_FALSE(pair_.server->is_quiet());
}

TEST_F(TlsStream, SaysWhatAnAlertSays) {
  // A record that is not what it should be: the other side sends an alert.
  const int descriptor = SSL_get_fd(pair_.client_ssl);
  ASSERT_EQ(::send(descriptor, "\x17\x03\x03\x00\x20 this was never encrypted at all ", 38, 0), 38);
  read(*pair_.server);
  EXPECT_TRUE(error_);
  read(*pair_.client);
  EXPECT_NE(error_.message().find("alert bad record mac"), std::string::npos) << error_.message();
}

}  // namespace
}  // namespace pointsman::net
