#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/child_process.hpp"
#include "support/temp_directory.hpp"

namespace pointsman::test {

// The binary that was built together with this test.
std::filesystem::path pointsman_binary();

// The real gateway as a child process, on free ports. The constructor returns when it listens, and throws with its
// output when it does not.
class GatewayProcess {
 public:
  struct Options {
    std::string yaml;  // listen, operations and store are added
    std::map<std::string, std::string> environment;
    std::filesystem::path home;  // where its database is, to be found again by the next one; empty: nowhere for long
    std::string listen = "127.0.0.1:0";
    std::vector<int> sockets{};  // that listen and are handed in (LISTEN_FDS)
    std::vector<std::string> arguments{};
  };

  explicit GatewayProcess(std::string yaml) : GatewayProcess(Options{std::move(yaml), {}, {}}) {}
  explicit GatewayProcess(const Options& options);
  // Keeps what the gateway shows and wrote (support/kept_output.hpp).
  ~GatewayProcess();
  GatewayProcess(const GatewayProcess&) = delete;
  GatewayProcess& operator=(const GatewayProcess&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t operations_port() const { return operations_port_; }

  // Until so many endpoints have been probed and are up, and every worker knows; throws if that takes too long.
  void wait_until_ready(std::size_t endpoints_up = 1) const;

  // Puts another file in the place of its configuration, at once; what else the options said stays.
  void configure(const std::string& yaml);
  std::filesystem::path file() const;

  const ChildProcess& process() const { return process_; }
  // Waits until the output has these words. What is logged of a request may come after its answer.
  bool says(std::string_view words) const { return process_.says(words); }

  // What /metrics says, and of it the value of one sample, written as its line begins; "absent" if there is none.
  std::string metrics() const;
  std::string metric(std::string_view sample) const;
  // Waits until /metrics has this line. What an answer adds there may come after it.
  bool shows(std::string_view line) const;

  // Ends it by this signal; returns the exit code, as ChildProcess does.
  int stop(int signal = SIGTERM);

 private:
  void keep_pages() const;
  void keep_files() const;

  Options options_;
  TempDirectory directory_;
  ChildProcess process_;
  std::uint16_t port_ = 0;
  std::uint16_t operations_port_ = 0;
};

}  // namespace pointsman::test
