#include "support/gateway_process.hpp"

#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/raw_client.hpp"

namespace pointsman::test {

namespace {

constexpr Milliseconds patience{20'000};

std::filesystem::path configuration(const TempDirectory& directory, const GatewayProcess::Options& options,
                                    std::string_view name = "pointsman.yaml") {
  const auto home = options.home.empty() ? directory.path() : options.home;
  return directory.write(name, "listen: " + options.listen +
                                   "\noperations: {address: \"127.0.0.1:0\"}\nstore: {path: \"" +
                                   (home / "pointsman.db").string() + "\"}\n" + options.yaml);
}

// Whom sockets are handed to is known only when he runs: a shell names itself and becomes the gateway.
std::vector<std::string> command(const GatewayProcess::Options& options, const std::filesystem::path& file) {
  std::vector<std::string> words{pointsman_binary().string(), "serve", "--config", file.string()};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  const std::vector<std::string> shell{"/bin/sh", "-c", R"(export LISTEN_PID=$$; exec "$0" "$@")"};
  if (!options.sockets.empty()) words.insert(words.begin(), shell.begin(), shell.end());
  return words;
}

std::map<std::string, std::string> environment(const GatewayProcess::Options& options) {
  auto result = options.environment;
  if (!options.sockets.empty()) result["LISTEN_FDS"] = std::to_string(options.sockets.size());
  return result;
}

// The port of a listener, from the log line that says so; 0 if there is none yet.
std::uint16_t port_of(const std::string& listener, const std::string& output) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    if (!entry.is_object() || entry.value("listener", "") != listener) continue;
    const auto address = entry.value("address", "");
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  return 0;
}

}  // namespace

std::filesystem::path pointsman_binary() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "pointsman";
}

GatewayProcess::GatewayProcess(const Options& options)
    : options_(options),
      process_(command(options, configuration(directory_, options)), environment(options), options.sockets) {
  const auto listens = [&](const std::string& output) {
    port_ = port_of("main", output);
    operations_port_ = port_of("operations", output);
    return port_ != 0 && operations_port_ != 0;
  };
  if (!process_.wait_for_output(listens, patience)) {
    throw std::runtime_error("the gateway does not listen; its output:\n" + process_.output());
  }
}

void GatewayProcess::wait_until_ready(std::size_t endpoints_up) const {
  const auto is_ready = [&] {
    const auto readiness = nlohmann::json::parse(ask(operations_port_, "GET", "/readyz").body);
    return readiness.at("endpoints_up").get<std::size_t>() >= endpoints_up;
  };
  if (!eventually(is_ready, patience)) {
    throw std::runtime_error("the gateway does not become ready; its output:\n" + process_.output());
  }
}

void GatewayProcess::configure(const std::string& yaml) {
  options_.yaml = yaml;
  std::filesystem::rename(configuration(directory_, options_, "pointsman.yaml.new"), file());
}

std::filesystem::path GatewayProcess::file() const { return directory_.path() / "pointsman.yaml"; }

int GatewayProcess::stop(int signal) {
  process_.signal(signal);
  return process_.wait_for_exit(patience);
}

}  // namespace pointsman::test
