#pragma once

#include <string>
#include <variant>

// The command line: what the person wants. Exit codes: 0 all is well, 1 it failed, 2 the command or the configuration
// is wrong.
namespace pointsman::daemon {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;
inline constexpr int exit_usage = 2;

struct ServeOptions {
  std::string config;      // empty: look for servers on this machine
  std::string listen;      // empty: as configured
  std::string operations;  // empty: as configured
  std::string store;       // empty: as configured
  bool demo = false;
};

struct CheckOptions {
  std::string config;
};

struct ProbeOptions {
  std::string url;
  std::string key_variable;  // the environment variable that holds the key
  double timeout_seconds = 5;
  bool json = false;
};

struct ExplainOptions {
  std::string model;
  std::string api;
  std::string config;      // where the daemon's operations listener is written; empty: at its default
  std::string operations;  // empty: as configured
  bool json = false;
};

// Nothing is left to do: the message was printed, end with this code.
struct Done {
  int exit_code = exit_ok;
};

using Options = std::variant<ServeOptions, CheckOptions, ProbeOptions, ExplainOptions, Done>;

Options parse_options(int argc, const char* const* argv);

}  // namespace pointsman::daemon
