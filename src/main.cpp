#include <exception>
#include <iostream>

#include "pointsman/daemon/commands.hpp"

namespace {

struct Run {
  int operator()(const pointsman::daemon::ServeOptions& options) const { return serve(options); }
  int operator()(const pointsman::daemon::CheckOptions& options) const { return check_config(options); }
  int operator()(const pointsman::daemon::ProbeOptions& options) const { return probe_url(options); }
  int operator()(const pointsman::daemon::DoctorOptions& options) const { return diagnose(options); }
  int operator()(const pointsman::daemon::ExplainOptions& options) const { return explain(options); }
  int operator()(const pointsman::daemon::UsageOptions& options) const { return usage(options); }
  int operator()(const pointsman::daemon::KeysOptions& options) const { return keys(options); }
  int operator()(const pointsman::daemon::Done& done) const { return done.exit_code; }
};

}  // namespace

int main(int argc, char** argv) {
  try {
    return std::visit(Run(), pointsman::daemon::parse_options(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << "pointsman: " << error.what() << "\n";
    return pointsman::daemon::exit_failure;
  }
}
