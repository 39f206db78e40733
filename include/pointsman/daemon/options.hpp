#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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
  bool forget_keys = false;  // that there were some
};

struct CheckOptions {
  std::string config;
};

struct ProbeOptions {
  std::string url;
  std::string key_variable;  // the environment variable that holds the key
  std::string authorities;   // a PEM file of those that are trusted; empty: the system's
  std::string server_name;   // whom its certificate must be for; empty: the URL's host
  bool insecure = false;     // whoever answers is believed
  double timeout_seconds = 5;
  bool json = false;
};

struct DoctorOptions {
  std::string config;  // empty: none, as of a gateway that is started without
  bool json = false;
  bool offline = false;  // no endpoint is asked
};

struct ExplainOptions {
  std::string key;  // of which is asked what it may use; empty: it is asked where a request would go
  std::string model;
  std::string api;
  std::string config;        // where the daemon's operations listener is written; empty: at its default
  std::string operations;    // empty: as configured
  std::string key_variable;  // the environment variable that holds a key with the permission `admin`
  bool json = false;
};

struct KeysOptions {
  enum class Action : std::uint8_t { create, list, show, revoke, rotate };

  Action action = Action::list;
  std::string name;
  std::string config;  // the gateway's file; empty: there is none
  std::string store;   // the gateway's database, beside which the keys are; empty: as configured
  std::vector<std::string> models;
  std::vector<std::string> apis;
  std::vector<std::string> permissions;
  bool debug = false;                     // it may ask how its requests are routed
  std::vector<std::string> budgets;       // "1000000/day", "20000000/month": tokens
  std::vector<std::string> model_limits;  // "llama*:rpm=10,tpm=1000,concurrent=2"
  std::uint64_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;
  std::uint64_t concurrent = 0;
  std::uint32_t priority = 0;
  std::string expires;  // a duration, a day or a time; empty: never
  std::string grace;    // a duration; empty: none
  bool wait = false;    // until the running gateway heeds it
  bool json = false;
};

struct UsageOptions {
  std::vector<std::string> by;
  std::string since = "7d";  // a date, or how long ago
  std::string until;         // likewise; empty: now
  std::string key;           // empty: of all
  std::string model;         // likewise
  std::string config;        // where the ledger is written; empty: at its default
  std::string ledger;        // empty: as configured
  bool json = false;
  bool csv = false;
};

// Nothing is left to do: the message was printed, end with this code.
struct Done {
  int exit_code = exit_ok;
};

using Options = std::variant<ServeOptions, CheckOptions, ProbeOptions, DoctorOptions, ExplainOptions, UsageOptions,
                             KeysOptions, Done>;

Options parse_options(int argc, const char* const* argv);

}  // namespace pointsman::daemon
