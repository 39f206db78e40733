#include <boost/asio/co_spawn.hpp>
#include <iostream>

#include "pointsman/config/load.hpp"
#include "pointsman/config/url.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/probe/presentation.hpp"

namespace pointsman::daemon {

int probe_url(const ProbeOptions& options) {
  const auto url = config::parse_url(options.url);
  if (!url) {
    std::cerr << "pointsman: " << url.error().message << "\n";
    return exit_usage;
  }
  probe::Target target;
  target.url = *url;
  target.timeout = Milliseconds(static_cast<Milliseconds::rep>(options.timeout_seconds * 1000));
  if (!options.key_variable.empty()) {
    auto key = config::process_environment()(options.key_variable);
    if (!key) {
      std::cerr << "pointsman: the environment variable " << options.key_variable << " is not set\n";
      return exit_usage;
    }
    target.api_key = Secret(std::move(*key));
  }
  const SystemClock clock;
  net::asio::io_context context{1};
  probe::Findings findings;
  std::exception_ptr failure;
  net::asio::co_spawn(context, probe::probe(target, {}, clock), [&](std::exception_ptr thrown, probe::Findings found) {
    failure = thrown;
    findings = std::move(found);
    context.stop();  // a look-up of a name may still be under way, and nobody waits for it any more
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  std::cout << (options.json ? probe::json(target, findings) : probe::table(target, findings)) << std::flush;
  return probe::is_usable(findings) ? exit_ok : exit_failure;
}

}  // namespace pointsman::daemon
