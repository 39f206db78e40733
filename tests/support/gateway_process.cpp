#include "support/gateway_process.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "support/eventually.hpp"
#include "support/kept_output.hpp"
#include "support/raw_client.hpp"

namespace pointsman::test {

namespace {

constexpr Milliseconds patience{20'000};

std::filesystem::path configuration(const TempDirectory& directory, const GatewayProcess::Options& options,
                                    std::string_view name = "pointsman.yaml") {
  keep_secrets_of_file(options.yaml, options.environment);
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

GatewayProcess::~GatewayProcess() {
  try {
    keep_pages();
    keep_files();
  } catch (const std::exception& error) {
    std::cerr << "what the gateway showed and wrote is not kept: " << error.what() << "\n";
  }
}

void GatewayProcess::keep_files() const {
  const auto home = options_.home.empty() ? directory_.path() : options_.home;
  std::error_code ignored;
  for (const auto& each : std::filesystem::directory_iterator(home, ignored)) {
    const auto name = each.path().filename().string();
    const bool is_written = name.find(".db") != std::string::npos || name.find(".log") != std::string::npos;
    if (is_written && each.is_regular_file(ignored)) keep_file(each.path());
  }
}

// What anybody may see of it, as far as it still answers.
void GatewayProcess::keep_pages() const {
  constexpr Milliseconds at_most{1'000};
  if (process_.has_ended() || !is_output_kept()) return;
  try {
    for (const std::string page : {"/metrics", "/endpoints", "/readyz?verbose", "/explain?model=m&api=responses"}) {
      RawClient client(operations_port_, at_most);
      client.send("GET " + page + " HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
      keep_output(page, client.read_to_end());
    }
  } catch (const std::exception&) {
    return;  // the test was about that
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

std::string GatewayProcess::metrics() const { return ask(operations_port_, "GET", "/metrics").body; }

std::string GatewayProcess::metric(std::string_view sample) const {
  std::istringstream lines(metrics());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(sample) && line[sample.size()] == ' ') return line.substr(sample.size() + 1);
  }
  return "absent";
}

bool GatewayProcess::shows(std::string_view line) const {
  return eventually([&] { return ("\n" + metrics()).find("\n" + std::string(line) + "\n") != std::string::npos; });
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
