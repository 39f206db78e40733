#include "pointsman/probe/discovery.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <memory>

#include "pointsman/net/event.hpp"
#include "pointsman/probe/prober.hpp"

namespace pointsman::probe {
namespace {

using registry::Health;

// What the probes that run side by side write to, and what wakes the one that waits for them.
struct Search {
  std::vector<Findings> findings;
  std::size_t under_way = 0;
  net::Event all_done;
};

Target loopback(std::uint16_t port, Milliseconds timeout) {
  Target target;
  target.url = {
      .scheme = "http", .host = "127.0.0.1", .port = port, .base_path = "/v1", .root_path = "", .unix_path = ""};
  target.timeout = timeout;
  return target;
}

net::Task<> look(std::shared_ptr<Search> search, std::size_t position, Target target, const Clock& clock) {
  Known nothing;
  search->findings[position] = co_await probe(std::move(target), std::move(nothing), clock);
}

// A server that does nothing but load is one if it said which.
bool is_found(const registry::ProbeReport& report) {
  return report.health == Health::up || (report.health == Health::loading && !report.server_type.empty());
}

}  // namespace

const std::vector<WellKnownPort>& well_known_ports() {
  static const std::vector<WellKnownPort> ports{
      {11434, "Ollama"}, {1234, "LM Studio"}, {8000, "vLLM"}, {8080, "llama.cpp"}, {30000, "SGLang"},
  };
  return ports;
}

net::Task<std::vector<Discovered>> discover(std::vector<std::uint16_t> ports, Milliseconds timeout,
                                            const Clock& clock) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto search = std::make_shared<Search>();
  search->findings.resize(ports.size());
  search->under_way = ports.size();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto done = [search](const std::exception_ptr& broken) {
      if (broken) std::rethrow_exception(broken);
      if (--search->under_way == 0) search->all_done.notify();
    };
    boost::asio::co_spawn(executor, look(search, i, loopback(ports[i], timeout), clock), done);
  }
  if (search->under_way > 0) co_await search->all_done.wait();

  std::vector<Discovered> discovered;
  std::map<std::string, int> times_used;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    auto& report = search->findings[i].report;
    if (!is_found(report)) continue;
    const std::string kind = report.server_type.empty() ? "endpoint" : report.server_type;
    const int number = ++times_used[kind];
    Discovered each;
    each.endpoint.name = number == 1 ? kind : kind + "-" + std::to_string(number);
    each.endpoint.url = loopback(ports[i], timeout).url;
    each.report = std::move(report);
    discovered.push_back(std::move(each));
  }
  co_return discovered;
}

std::string as_yaml(const std::vector<config::Endpoint>& endpoints) {
  std::string yaml = "endpoints:\n";
  for (const auto& endpoint : endpoints) {
    yaml += "  - name: " + endpoint.name + "\n    url: " + endpoint.url.text() + "\n";
  }
  return yaml;
}

}  // namespace pointsman::probe
