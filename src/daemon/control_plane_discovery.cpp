#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "pointsman/daemon/control_plane.hpp"
#include "pointsman/probe/discovery.hpp"

// Servers on this machine, looked for where the settings say so, and made endpoints.
namespace pointsman::daemon {

void ControlPlane::discover() {
  if (!settings_.discover || std::exchange(discovering_, true)) return;
  net::asio::co_spawn(worker_.executor(), keep_discovering(), net::asio::detached);
}

net::Task<> ControlPlane::keep_discovering() {
  for (bool first = true; settings_.discover; first = false) {
    // What is an endpoint already is looked at when it is due: some servers stop a stream when they are asked.
    std::vector<std::uint16_t> ports;
    for (const auto& each : probe::well_known_ports()) {
      if (!has_endpoint_at(each.port)) ports.push_back(each.port);
    }
    const auto all = co_await probe::discover(ports, std::min(settings_.timeout, Milliseconds(2'000)), worker_.clock());
    std::vector<config::Endpoint> added;
    if (!settings_.discover) break;
    for (const auto& each : all) {
      if (!add(each.endpoint)) continue;
      added.push_back(endpoints_.back());
      log_.write(
          observe::Level::info, "found a server on this machine",
          {{"endpoint", added.back().name}, {"url", added.back().url.text()}, {"server", each.report.server_type}});
    }
    if (!added.empty()) {
      registry_.configure(endpoints_, defaults_);
      store_.sync(endpoints_);
      schedule_.set_endpoints(names(), worker_.now());
      due_.cancel();
      const std::string yaml = probe::as_yaml(added);
      log_.write(observe::Level::info,
                 "to keep what was found, write this into a file and start with --config FILE:\n" + yaml);
    } else if (first && endpoints_.empty()) {
      std::string looked;
      for (const auto& each : probe::well_known_ports()) {
        looked += (looked.empty() ? "" : ", ") + std::string(each.usual_server) + " on " + std::to_string(each.port);
      }
      log_.write(observe::Level::warning,
                 "no server was found on this machine; start one, or name your endpoints in a file (--config FILE)",
                 {{"looked_for", looked}});
    }
    next_discovery_.expires_after(settings_.interval);
    co_await next_discovery_.async_wait(net::use_task_tuple);
  }
  discovering_ = false;
}

bool ControlPlane::has_endpoint_at(std::uint16_t port) const {
  return std::any_of(endpoints_.begin(), endpoints_.end(), [&](const config::Endpoint& each) {
    const bool is_this_machine = each.url.host == "127.0.0.1" || each.url.host == "localhost" || each.url.host == "::1";
    return is_this_machine && each.url.port == port;
  });
}

bool ControlPlane::add(const config::Endpoint& found) {
  const auto is_same_place = [&](const auto& each) { return each.url == found.url; };
  if (std::any_of(endpoints_.begin(), endpoints_.end(), is_same_place)) return false;
  config::Endpoint endpoint = found;
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(endpoints_.begin(), endpoints_.end(), [&](const auto& each) { return each.name == name; });
  };
  for (int number = 2; is_taken(endpoint.name); ++number) endpoint.name = found.name + "-" + std::to_string(number);
  found_.push_back(endpoint);
  endpoints_.push_back(std::move(endpoint));
  return true;
}

}  // namespace pointsman::daemon
