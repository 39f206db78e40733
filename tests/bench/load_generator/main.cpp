// Puts a load on one port and prints what came of it as a line of JSON: how many answers or events, how long they took,
// what the observed processes computed (our own first), and what went wrong.

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "loads.hpp"
#include "wire/messages.hpp"

namespace {

using namespace pointsman::bench;

void add_options(CLI::App& command, Plan& plan) {
  command.add_option("--port", plan.port, "of the target, on loopback")->required();
  command.add_option("--connections", plan.connections, "at once");
  command.add_option("--warm-up", plan.warm_up, "seconds that do not count");
  command.add_option("--seconds", plan.seconds, "seconds that count");
  command.add_option("--observe", plan.observed, "processes whose CPU time is wanted");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Plan plan;
    CLI::App options("The load of pointsman's benchmark");
    options.require_subcommand(1);
    auto* closed = options.add_subcommand("closed", "each connection asks again when it has its answer");
    auto* open = options.add_subcommand("open", "requests come when they come");
    auto* events = options.add_subcommand("streams", "streams of events");
    for (auto* command : {closed, open, events}) add_options(*command, plan);
    closed->add_option("--requests", plan.requests, "end after so many");
    open->add_option("--rate", plan.rate, "requests/s")->required()->check(CLI::PositiveNumber);
    events->add_option("--model", plan.model, "which stream")->required();
    CLI11_PARSE(options, argc, argv);

    if (plan.model.empty()) plan.model = model::whole;
    Record record(plan);
    (*closed ? closed_loop : *open ? open_loop : streams)(plan, record);
    std::cout << record.report().dump() << '\n';
  } catch (const std::exception& failure) {
    std::cerr << "load_generator: " << failure.what() << '\n';
    return 1;
  }
}
