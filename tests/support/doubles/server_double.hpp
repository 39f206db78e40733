#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pointsman/config/url.hpp"

namespace boost::asio::ssl {
class context;
}

// The engine of the doubles of inference servers: a real listening socket whose answers a function gives. In a library
// of its own, so that unit tests, which link their own module only, can use it.
namespace pointsman::test {

struct Asked {
  std::string method;
  std::string path;
  std::string body;
  std::map<std::string, std::string> headers;  // names in lower case

  std::string line() const { return method + " " + path; }
  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct Reply {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string raw = {};     // not empty: sent as it is in place of all the above
  std::string drip = {};    // not empty: sent again and again, slowly, until the other side or the test has enough
  bool never_ends = false;  // what was sent is all, but the connection stays open

  static Reply json(int status, std::string body) {
    return {status, std::move(body), {{"Content-Type", "application/json"}}};
  }
  static Reply text(int status, std::string body) {
    return {status, std::move(body), {{"Content-Type", "text/plain"}}};
  }

  std::string bytes() const;
};

struct ListenOptions {
  std::string unix_path = {};                // not empty: listens there and not on loopback
  boost::asio::ssl::context* tls = nullptr;  // not null: speaks TLS
};

// Answers one connection after the other on a thread of its own, one request each. Safe from the test's thread.
class ServerDouble {
 public:
  using Answer = std::function<Reply(const Asked&)>;

  explicit ServerDouble(Answer answer, ListenOptions options = {});
  ~ServerDouble();

  std::uint16_t port() const;
  config::Url url(const std::string& path = "") const;
  std::vector<Asked> asked() const;
  // "GET /v1/models" and so on, in order.
  std::vector<std::string> lines() const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace pointsman::test
