#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <system_error>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/load.hpp"
#include "support/raw_client.hpp"

// Sockets that a service manager opened, and keeps while the gateway is started anew.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const std::string chat = "POST /v1/chat/completions";
const std::string request =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"model\":\"m\"}";

// A socket that is handed in.
class Handed {
 public:
  explicit Handed(int family = AF_INET, const std::string& path = "", bool listens = true)
      : descriptor_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    socklen_t size = sizeof(sockaddr_in6);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof(sockaddr_in);
    } else if (family == AF_INET6) {
      reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    } else {
      path.copy(reinterpret_cast<sockaddr_un&>(address).sun_path, sizeof(sockaddr_un::sun_path) - 1);
      size = sizeof(sockaddr_un);
    }
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        (listens && ::listen(descriptor_, 4096) != 0)) {
      throw std::system_error(errno, std::generic_category(), "a socket to hand in");
    }
    size = sizeof address;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    if (family != AF_UNIX) port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
  }
  ~Handed() { ::close(descriptor_); }
  Handed(const Handed&) = delete;
  Handed& operator=(const Handed&) = delete;

  int descriptor() const { return descriptor_; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

class SocketActivation : public testing::Test {
 protected:
  GatewayProcess::Options options(const std::string& listen, const Handed& socket, const std::string& name = "") {
    GatewayProcess::Options options;
    options.yaml = "endpoints:\n" + endpoint("e", upstream_.url());
    options.home = home_.path();
    options.listen = "\"" + listen + "\"";
    options.sockets = {socket.descriptor()};
    if (!name.empty()) options.environment["LISTEN_FDNAMES"] = name;
    return options;
  }

  // Why it does not start.
  static std::string complaint(const GatewayProcess::Options& options) {
    try {
      GatewayProcess gateway(options);
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  TempDirectory home_;
  FakeUpstream upstream_{{"m"}, {{chat, json(200, "{}")}}, {.keep_requests = false}};
};

TEST_F(SocketActivation, ServesTheQueueOfASocketThatIsHandedIn) {
  const Handed socket;
  RawClient early(socket.port());
  early.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  GatewayProcess gateway(options(socket.address(), socket));
  EXPECT_EQ(gateway.port(), socket.port());
  EXPECT_EQ(early.read_response().status(), 200);
  early.close();
  EXPECT_EQ(gateway.stop(), 0);
  // It goes on listening.
  RawClient late(socket.port());
  late.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  GatewayProcess next(options(socket.address(), socket));
  EXPECT_EQ(late.read_response().status(), 200);
}

TEST_F(SocketActivation, ANameSaysWhichListenerItIs) {
  const Handed main;
  const Handed operations;
  auto both = options("127.0.0.1:0", main, "operations:main");
  both.sockets = {operations.descriptor(), main.descriptor()};
  const GatewayProcess gateway(both);
  EXPECT_EQ(gateway.port(), main.port());
  EXPECT_EQ(gateway.operations_port(), operations.port());
  EXPECT_EQ(ask(operations.port(), "GET", "/healthz").status(), 200);
}

TEST_F(SocketActivation, MayBeOfIPv6OrUnix) {
  const Handed six(AF_INET6);
  {
    const GatewayProcess gateway(options("[::1]:" + std::to_string(six.port()), six));
    EXPECT_EQ(gateway.port(), six.port());
  }
  const auto path = (home_.path() / "main.sock").string();
  const Handed unix_socket(AF_UNIX, path);
  const Handed tcp;
  auto two = options("unix:" + path, unix_socket);
  two.listen = "[\"" + tcp.address() + "\", \"unix:" + path + "\"]";
  two.sockets.push_back(tcp.descriptor());
  GatewayProcess gateway(two);
  EXPECT_TRUE(gateway.says("unix:" + path));
  EXPECT_EQ(gateway.stop(), 0);
  EXPECT_TRUE(std::filesystem::exists(path)) << "whoever handed it in still listens there";
}

TEST_F(SocketActivation, SaysWhatToDoWithASocketForNobody) {
  const Handed socket;
  const auto elsewhere = complaint(options("127.0.0.1:0", socket));
  EXPECT_THAT(elsewhere, HasSubstr("a socket at " + socket.address() + " was handed in"));
  EXPECT_THAT(elsewhere, HasSubstr("FileDescriptorName="));
  const Handed deaf(AF_INET, "", false);
  EXPECT_THAT(complaint(options(deaf.address(), deaf, "main")), HasSubstr("descriptor 3 ('main') was handed in, but is "
                                                                          "no stream socket that listens"));
}

TEST_F(SocketActivation, IsForTheProcessThatIsNamed) {
  const Handed socket;
  auto of_another = options("127.0.0.1:0", socket);
  of_another.sockets.clear();
  of_another.environment = {{"LISTEN_PID", "1"}, {"LISTEN_FDS", "1"}};
  const GatewayProcess gateway(of_another);
  EXPECT_NE(gateway.port(), socket.port());
}

TEST_F(SocketActivation, TwentyRestartsUnderLoadLoseNoRequest) {
  const Handed socket;
  std::optional<GatewayProcess> gateway;
  gateway.emplace(options(socket.address(), socket));
  gateway->wait_until_ready();
  Load load(socket.port(), request, {});
  for (int round = 0; round < 20; ++round) {
    const auto before = load.answered();
    ASSERT_TRUE(eventually([&] { return load.answered() > before + 100; }));
    ASSERT_EQ(gateway->stop(), 0);
    gateway.reset();
    gateway.emplace(options(socket.address(), socket));
  }
  load.stop();
  EXPECT_THAT(load.failures(), IsEmpty());
  RecordProperty("answered", static_cast<int>(load.answered()));
}

}  // namespace
}  // namespace pointsman::test
