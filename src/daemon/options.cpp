#include "pointsman/daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <iostream>

#include "pointsman/api/explain.hpp"
#include "pointsman/config/key.hpp"
#include "pointsman/config/nearest.hpp"
#include "pointsman/config/quantities.hpp"

namespace pointsman::daemon {

namespace {

// An option that may be given without its name is one thing, and not two that are needed.
class Help : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    if (!option->get_positional() || !option->nonpositional()) {
      return CLI::Formatter::make_option(option, is_positional);
    }
    const auto named = option->get_name() + " " + option->get_type_name();
    std::ostringstream line;
    if (is_positional) {
      CLI::detail::format_help(line, option->get_name(true), "The same as " + named, column_width_);
    } else {
      CLI::detail::format_help(line, named, option->get_description(), column_width_);
    }
    return line.str();
  }
};

// What people call a command that has another name, and what they most likely mean.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> other_words{{
    {"demo", "serve --demo"},
    {"run", "serve"},
    {"start", "serve"},
    {"check", "check-config"},
    {"validate", "check-config"},
    {"status", "doctor"},
    {"keys add", "create"},
    {"keys new", "create"},
    {"keys delete", "revoke"},
    {"keys remove", "revoke"},
    {"keys rm", "revoke"},
    {"keys ls", "list"},
    {"keys get", "show"},
    {"keys renew", "rotate"},
}};

// A word that stands where a command must, and is none, of this program or of one of its commands.
std::string complaint_of(const CLI::App& app, const std::string& above, std::string_view word) {
  std::vector<std::string> names;
  std::string all;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == word) return "";
    names.push_back(command->get_name());
    all += (all.empty() ? "" : ", ") + names.back();
  }
  const auto whole = above + std::string(word.substr(0, 100));
  const auto* known = std::ranges::find(other_words, whole, &std::pair<std::string_view, std::string_view>::first);
  const auto meant = known == other_words.end() ? config::nearest(word, names) : known->second;
  return "there is no command '" + whole + "'" +
         (meant.empty() ? ". " : "; did you mean '" + above + std::string(meant) + "'? ") + "There are: " + all + ".";
}

// The first words of the command line name commands.
std::string unknown_command(const CLI::App& app, const CLI::App& keys, int argc, const char* const* argv) {
  const auto word = [&](int number) { return number < argc ? std::string_view(argv[number]) : std::string_view(); };
  if (word(1).empty() || word(1).starts_with('-')) return "";
  if (auto complaint = complaint_of(app, "", word(1)); !complaint.empty()) return complaint;
  if (word(1) != "keys" || word(2).empty() || word(2).starts_with('-')) return "";
  return complaint_of(keys, "keys ", word(2));
}

// What the shell makes of a variable that is not set.
std::string refuse_empty(const std::string& word) {
  return word.empty() ? "the word is empty; is a variable not set?" : "";
}
std::string refuse_option(const std::string& word) {
  return word.starts_with("--") ? "'" + word + "' is an option and no name of a model; is a variable not set?" : "";
}

// What can be said of a key when it is made.
void add_grants(CLI::App& command, KeysOptions& keys) {
  const auto amount = CLI::Range(std::uint64_t{1}, config::largest_amount);
  command
      .add_option("--models", keys.models, "The models that it may use; * stands for any run of characters, ? for one")
      ->type_name("GLOB")
      ->delimiter(',')
      ->check(refuse_option);
  command.add_option("--apis", keys.apis, "The APIs that it may use: " + api::api_names())
      ->type_name("NAME")
      ->delimiter(',');
  command.add_option("--permissions", keys.permissions, "What it may see of a gateway's operations: admin, metrics")
      ->type_name("WORD")
      ->delimiter(',')
      ->check(CLI::IsMember({"admin", "metrics"}));
  command.add_flag("--debug", keys.debug, "It may ask how its requests are routed (x-pointsman-debug)");
  command.add_option("--rpm", keys.requests_per_minute, "Requests a minute")->type_name("NUMBER")->check(amount);
  command.add_option("--tpm", keys.tokens_per_minute, "Tokens a minute")->type_name("NUMBER")->check(amount);
  command.add_option("--concurrent", keys.concurrent, "Requests at once")->type_name("NUMBER")->check(amount);
  command.add_option("--budget", keys.budgets, "Tokens: 1000000/day, 20000000/month")->type_name("TOKENS/TIME");
  command
      .add_option("--model-limit", keys.model_limits,
                  "Beside these, of the models together that a glob names: 'llama*:rpm=10,tpm=1000,concurrent=2'")
      ->type_name("GLOB:LIMITS")
      ->allow_extra_args(false);
  command.add_option("--priority", keys.priority, "Where requests wait: the lowest number first")
      ->type_name("NUMBER")
      ->check(CLI::Range(0u, config::highest_priority));
}

void add_expiry(CLI::App& command, KeysOptions& keys) {
  command.add_option("--expires", keys.expires, "When it ends: in 90d, on 2027-01-31, at 2027-01-31T12:00:00Z")
      ->type_name("TIME")
      ->check(refuse_empty);
}

// The commands below `keys`.
CLI::App& add_keys(CLI::App& app, KeysOptions& keys) {
  using Action = KeysOptions::Action;
  auto* all =
      app.add_subcommand("keys", "Make, show and revoke the keys of clients; a running gateway follows at once");
  all->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, Action action) {
    auto* command = all->add_subcommand(name, what);
    command->add_option("--config", keys.config, "The gateway's file, which says where the keys are")
        ->type_name("FILE");
    command->add_option("--store", keys.store, "The gateway's database, beside which the keys are")->type_name("FILE");
    command->callback([&keys, action] { keys.action = action; });
    return command;
  };
  auto* create = add("create", "Make one; its secret is printed once, alone on the standard output", Action::create);
  create->add_option("--name,NAME", keys.name, "Stands in logs in place of the secret")->type_name("NAME")->required();
  add_grants(*create, keys);
  add_expiry(*create, keys);
  auto* list = add("list", "All of them", Action::list);
  auto* show = add("show", "What one may do", Action::show);
  for (auto* command : {list, show}) command->add_flag("--json", keys.json, "Print one JSON object");
  auto* revoke = add("revoke", "Refuse one from now on", Action::revoke);
  auto* rotate = add("rotate", "Give one a new secret", Action::rotate);
  rotate->add_option("--grace", keys.grace, "How long the old secret is good as well: 24h; without it, not at all")
      ->type_name("DURATION")
      ->check(refuse_empty);
  add_expiry(*rotate, keys);
  for (auto* command : {create, revoke, rotate}) {
    command->add_flag("--wait", keys.wait,
                      "Return when the running gateway heeds it; fail if none does within 5 s, or none runs");
  }
  for (auto* command : {show, revoke, rotate}) command->add_option("NAME", keys.name, "Its name")->required();
  return *all;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  CLI::App app("A gateway that passes requests through to OpenAI-compatible inference servers.", "pointsman");
  app.require_subcommand(1);
  app.formatter(std::make_shared<Help>());
  app.set_version_flag("--version", "pointsman " POINTSMAN_VERSION);
  app.footer("Exit codes: 0 all is well, 1 it failed, 2 the command or the configuration is wrong.");

  ServeOptions serve;
  auto* serve_command =
      app.add_subcommand("serve", "Run the gateway; without a file, over the servers found on this machine");
  serve_command->add_option("--config,FILE", serve.config, "The YAML file (docs/configuration.md)")
      ->type_name("FILE")
      ->check([](const std::string& file) {
        return std::string(file.empty() ? "the file's name is empty; is a variable not set?" : "");
      });
  serve_command->add_flag("--demo", serve.demo,
                          "Add a built-in endpoint with the model 'demo', which tells your words back");
  serve_command->add_option("--listen", serve.listen, "Where clients come in, instead of what the file says")
      ->type_name("ADDRESS");
  serve_command->add_option("--operations", serve.operations, "Where /healthz, /readyz, /metrics and /explain are")
      ->type_name("ADDRESS");
  serve_command->add_option("--store", serve.store, "The database file, or :memory:")->type_name("FILE");
  serve_command->add_flag("--forget-keys", serve.forget_keys,
                          "Start although there were keys and now are none; who needed one comes in without");

  CheckOptions check;
  auto* check_command = app.add_subcommand("check-config", "Say everything that is wrong in a file");
  check_command->add_option("--config,FILE", check.config, "The YAML file")->type_name("FILE")->required();

  ProbeOptions probe;
  auto* probe_command = app.add_subcommand("probe", "Show what a server is and what it serves, without using a token");
  probe_command->add_option("URL", probe.url, "Its base, with or without /v1")->required();
  probe_command->add_option("--key-env", probe.key_variable, "The environment variable that holds its key")
      ->type_name("NAME");
  auto* authorities =
      probe_command->add_option("--ca", probe.authorities, "Authorities that may have signed its certificate (PEM)")
          ->type_name("FILE");
  probe_command->add_option("--server-name", probe.server_name, "Whom its certificate is for, if not the URL's host")
      ->type_name("NAME");
  probe_command
      ->add_flag("--insecure", probe.insecure, "Believe whoever answers; do not send a key that you want to keep")
      ->excludes(authorities);
  probe_command->add_option("--timeout", probe.timeout_seconds, "Seconds for each request")
      ->check(CLI::Range(0.1, 300.0));
  probe_command->add_flag("--json", probe.json, "Print one JSON object");

  DoctorOptions doctor;
  auto* doctor_command = app.add_subcommand(
      "doctor", "Say what is wrong with a gateway's file, machine, databases and endpoints, and what to do about it");
  doctor_command->add_option("--config,FILE", doctor.config, "The YAML file; without it, what `serve` does without one")
      ->type_name("FILE")
      ->check(refuse_empty);
  doctor_command->add_flag("--offline", doctor.offline, "Ask no endpoint");
  doctor_command->add_flag("--json", doctor.json, "Print one JSON object");
  doctor_command->footer("Exit codes: 0 there is no error (there may be warnings); 1 there is; 2 wrong use.");

  ExplainOptions explain;
  auto* explain_command = app.add_subcommand(
      "explain", "Say which endpoints a request would be sent to, in which order, and why not to each other");
  auto* explained_model = explain_command->add_option("--model", explain.model, "The model, as clients name it");
  auto* explained_api = explain_command->add_option("--api", explain.api, "The API: " + api::api_names());
  auto* explained_key = explain_command->add_option("--key", explain.key,
                                                    "In place of both: what the key of this name may use, and why not");
  for (auto* option : {explained_model, explained_api, explained_key}) option->type_name("NAME");
  explained_key->excludes(explained_model)->excludes(explained_api)->check(refuse_empty);
  explain_command->callback([=] {
    if (*explained_key) return;
    if (!*explained_model) throw CLI::RequiredError("--model");
    if (!*explained_api) {
      throw CLI::RequiredError("--api is required: one of " + api::api_names(), CLI::ExitCodes::RequiredError);
    }
  });
  explain_command->add_option("--config", explain.config, "The file of the running gateway, which is asked")
      ->type_name("FILE");
  explain_command
      ->add_option("--operations", explain.operations, "Its operations listener, instead of what the file says")
      ->type_name("ADDRESS");
  explain_command
      ->add_option("--key-env", explain.key_variable,
                   "The environment variable that holds a key with the permission 'admin', if the gateway asks for one")
      ->type_name("NAME");
  explain_command->add_flag("--json", explain.json, "Print one JSON object");
  explain_command->footer(
      "Exit codes: 0 an endpoint would be tried, or the key is good; 1 not so, or no gateway answers; 2 wrong use.");

  UsageOptions usage;
  auto* usage_command =
      app.add_subcommand("usage", "Show what requests took: tokens, errors, bytes and times, from the ledger");
  usage_command->add_option("--by", usage.by, "Tell apart by key, model, endpoint, api, day, hour; several with commas")
      ->type_name("WHAT")
      ->delimiter(',');
  usage_command->add_option("--since", usage.since, "A date (2026-11-23, UTC) or how long ago (12h, 7d, 1y)")
      ->type_name("WHEN")
      ->capture_default_str();
  usage_command->add_option("--until", usage.until, "Likewise; if it is not given, now")->type_name("WHEN");
  usage_command->add_option("--key", usage.key, "Of this key only")->type_name("NAME");
  usage_command->add_option("--model", usage.model, "Of models that fit only, with * and ?")->type_name("GLOB");
  usage_command->add_option("--config", usage.config, "The file of the gateway, which says where its ledger is")
      ->type_name("FILE");
  usage_command->add_option("--ledger", usage.ledger, "The ledger, instead of what the file says")->type_name("FILE");
  auto* usage_json = usage_command->add_flag("--json", usage.json, "Print one JSON object");
  usage_command->add_flag("--csv", usage.csv, "Print CSV with a header")->excludes(usage_json);
  KeysOptions keys;
  const auto& keys_command = add_keys(app, keys);

  auto* version_command = app.add_subcommand("version", "Print the version");

  if (const auto complaint = unknown_command(app, keys_command, argc, argv); !complaint.empty()) {
    std::cerr << "pointsman: " << complaint << "\nRun with --help for more information.\n";
    return Done{exit_usage};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Done{app.exit(error) == 0 ? exit_ok : exit_usage};
  }
  if (*version_command) {
    std::cout << "pointsman " POINTSMAN_VERSION "\n";
    return Done{};
  }
  if (*serve_command) return serve;
  if (*check_command) return check;
  if (*doctor_command) return doctor;
  if (*explain_command) return explain;
  if (*usage_command) return usage;
  if (app.got_subcommand("keys")) return keys;
  return probe;
}

}  // namespace pointsman::daemon
