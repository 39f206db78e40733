#include "pointsman/daemon/options.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "pointsman/api/explain.hpp"

namespace pointsman::daemon {

Options parse_options(int argc, const char* const* argv) {
  CLI::App app("A gateway that passes requests through to OpenAI-compatible inference servers.", "pointsman");
  app.require_subcommand(1);
  app.set_version_flag("--version", "pointsman " POINTSMAN_VERSION);
  app.footer("Exit codes: 0 all is well, 1 it failed, 2 the command or the configuration is wrong.");

  ServeOptions serve;
  auto* serve_command =
      app.add_subcommand("serve", "Run the gateway; without a file, over the servers found on this machine");
  serve_command->add_option("--config", serve.config, "The YAML file (docs/configuration.md)")->type_name("FILE");
  serve_command->add_flag("--demo", serve.demo,
                          "Add a built-in endpoint with the model 'demo', which tells your words back");
  serve_command->add_option("--listen", serve.listen, "Where clients come in, instead of what the file says")
      ->type_name("ADDRESS");
  serve_command->add_option("--operations", serve.operations, "Where /healthz, /readyz, /metrics and /explain are")
      ->type_name("ADDRESS");
  serve_command->add_option("--store", serve.store, "The database file, or :memory:")->type_name("FILE");

  CheckOptions check;
  auto* check_command = app.add_subcommand("check-config", "Say everything that is wrong in a file");
  check_command->add_option("FILE", check.config, "The YAML file")->required();

  ProbeOptions probe;
  auto* probe_command = app.add_subcommand("probe", "Show what a server is and what it serves, without using a token");
  probe_command->add_option("URL", probe.url, "Its base, with or without /v1")->required();
  probe_command->add_option("--key-env", probe.key_variable, "The environment variable that holds its key")
      ->type_name("NAME");
  probe_command->add_option("--timeout", probe.timeout_seconds, "Seconds for each request")
      ->check(CLI::Range(0.1, 300.0));
  probe_command->add_flag("--json", probe.json, "Print one JSON object");

  ExplainOptions explain;
  auto* explain_command = app.add_subcommand(
      "explain", "Say which endpoints a request would be sent to, in which order, and why not to each other");
  explain_command->add_option("--model", explain.model, "The model, as clients name it")->type_name("NAME")->required();
  explain_command->add_option("--api", explain.api, "The API: " + api::api_names())->type_name("NAME")->required();
  explain_command->add_option("--config", explain.config, "The file of the running gateway, which is asked")
      ->type_name("FILE");
  explain_command
      ->add_option("--operations", explain.operations, "Its operations listener, instead of what the file says")
      ->type_name("ADDRESS");
  explain_command->add_flag("--json", explain.json, "Print one JSON object");
  explain_command->footer(
      "Exit codes: 0 an endpoint would be tried; 1 none would, or no gateway answers; 2 wrong use.");

  auto* version_command = app.add_subcommand("version", "Print the version");

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
  if (*explain_command) return explain;
  return probe;
}

}  // namespace pointsman::daemon
