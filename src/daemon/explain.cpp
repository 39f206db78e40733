#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "explain_key.hpp"
#include "pointsman/api/explain.hpp"
#include "pointsman/api/query.hpp"
#include "pointsman/base/percent_encoding.hpp"
#include "pointsman/config/load.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/run_task.hpp"
#include "pointsman/probe/client.hpp"
#include "pointsman/probe/listener_target.hpp"

namespace pointsman::daemon {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds patience{5};

// Where the gateway that is asked listens; nothing if that is wrong, which has been printed then.
std::optional<config::Listener> listener_of(const ExplainOptions& options) {
  config::Listener listener = config::Settings().operations;
  if (!options.config.empty()) {
    const auto loaded = load_without_secrets(options.config);
    if (!loaded.ok()) {
      for (const auto& problem : loaded.problems) std::cerr << config::text(problem, options.config) << "\n";
      return std::nullopt;
    }
    listener = loaded.settings.operations;
  }
  if (!options.operations.empty()) {
    const auto address = config::parse_address(options.operations);
    if (!address) {
      std::cerr << "pointsman: --operations: " << address.error().message << "\n";
      return std::nullopt;
    }
    listener.address = *address;
  }
  const auto unset = complaint_of_unset(listener.address.unix_path, "where the gateway's operations listener is",
                                        ", or name its address (--operations ADDRESS)");
  if (!unset.empty()) {
    std::cerr << "pointsman: " << unset << "\n";
    return std::nullopt;
  }
  return listener;
}

probe::Observation ask(probe::Target target, const ExplainOptions& options) {
  probe::Client client(std::move(target));
  auto question = probe::get(options.key.empty() ? "/explain?model=" + percent_encoded(options.model) +
                                                       "&api=" + percent_encoded(options.api)
                                                 : "/explain?key=" + percent_encoded(options.key));
  return run(client.ask(std::move(question), std::chrono::steady_clock::now() + patience));
}

std::string unanswered(const probe::Observation& seen, const std::string& address) {
  if (seen.failure == probe::Failure::refused) {
    return "no gateway runs: nothing listens at " + address +
           ". Start it with `pointsman serve`, or say where its operations listener is: --config FILE, with the file "
           "that it was started with, or --operations ADDRESS.";
  }
  if (seen.status == 401 || seen.status == 403) {
    return "the gateway at " + address +
           " asks for a key with the permission 'admin': put one into an environment variable, and name that with "
           "--key-env.";
  }
  std::string problem = seen.answered()  ? "HTTP " + std::to_string(seen.status)
                        : seen.is_late() ? "no answer within 5 s"
                                         : seen.trouble;
  return "the gateway's operations listener does not answer at " + address + ": " + problem +
         ". Look whether that address is `operations` in the gateway's file, and whether this version runs there.";
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

// "vllm as qwen3:32b" where the model has another name there.
std::string place(const Json& part, const std::string& model) {
  const auto endpoint = part.at("endpoint").get<std::string>();
  const auto& there = part.at("model");
  return there.is_null() || there == model ? endpoint : endpoint + " as " + there.get<std::string>();
}

std::string table(const Json& answer) {
  const auto model = answer.at("model").get<std::string>();
  const auto& tried = answer.at("tried");
  const auto& not_tried = answer.at("not_tried");
  std::size_t width = 0;
  for (const auto* list : {&tried, &not_tried}) {
    for (const auto& part : *list) width = std::max(width, place(part, model).size());
  }
  width = std::min<std::size_t>(width, 60) + 2;

  std::string text = model + " with " + answer.at("api").get<std::string>() + ": ";
  if (tried.empty()) {
    const auto& refusal = answer.at("answer");
    text += "no endpoint would be tried\n";
    text += "  clients are answered " + std::to_string(refusal.at("status").get<int>()) + ": " +
            refusal.at("message").get<std::string>() + "\n";
  } else {
    text += "would be tried, each next one if those before it failed\n";
    std::size_t number = 0;
    for (const auto& part : tried) {
      text += "  " + padded(std::to_string(++number) + ".", 4) + padded(place(part, model), width) +
              part.at("why").get<std::string>() + "\n";
    }
    const auto attempts = answer.at("attempts").get<std::size_t>();
    if (tried.size() > attempts) {
      text += "  one request is sent to " + std::to_string(attempts) + " of them at most (`routing.attempts`)\n";
    }
  }
  if (answer.contains("queue")) {
    const auto& queue = answer["queue"];
    text += "  that is, those who may not wait for a place: " + std::to_string(queue.at("length").get<std::size_t>()) +
            " requests may, each for " + std::to_string(queue.at("wait_ms").get<std::int64_t>() / 1'000) +
            " s (`queue`)\n";
  }
  if (answer.contains("fallbacks")) {
    text += "  where no endpoint can serve it, these stand in (`models.fallbacks`):";
    for (const auto& name : answer["fallbacks"]) text += " " + name.get<std::string>();
    text += "\n";
  }
  if (answer.contains("nearest") && !answer["nearest"].empty()) {
    text += "  the nearest names of models:";
    for (const auto& name : answer["nearest"]) text += " " + name.get<std::string>();
    text += "\n";
  }
  if (!not_tried.empty()) text += "not tried\n";
  for (const auto& part : not_tried) {
    text += "      " + padded(place(part, model), width) + part.at("why").get<std::string>() + "\n";
  }
  return text;
}

}  // namespace

int explain(const ExplainOptions& options) {
  if (options.key.empty() && !registry::api_named(options.api)) {
    std::cerr << "pointsman: there is no API '" << options.api << "'; write one of " << api::api_names() << "\n";
    return exit_usage;
  }
  const auto listener = listener_of(options);
  if (!listener) return exit_usage;
  std::optional<std::string> key = "";
  if (!options.key_variable.empty()) key = config::process_environment()(options.key_variable);
  if (!key) {
    std::cerr << "pointsman: the environment variable " << options.key_variable << " is not set\n";
    return exit_usage;
  }
  auto target = probe::listener_target(*listener, Secret(*std::move(key)), patience);
  if (!target) {
    std::cerr << "pointsman: " << target.error().message << "\n";
    return exit_failure;
  }
  const auto seen = ask(std::move(*target), options);
  const auto answer = seen.status == 200 ? Json::parse(seen.body, nullptr, false) : Json();
  const bool is_of_key = !options.key.empty();
  if (!answer.is_object() || !answer.contains(is_of_key ? "state" : "tried")) {
    std::cerr << "pointsman: " << unanswered(seen, listener->address.text()) << "\n";
    return exit_failure;
  }
  const auto text = [&] { return is_of_key ? key_explained(answer) : table(answer); };
  std::cout << (options.json ? answer.dump(2) + "\n" : text()) << std::flush;
  if (is_of_key) return answer["state"] == "good" ? exit_ok : exit_failure;
  return answer["tried"].empty() ? exit_failure : exit_ok;
}

}  // namespace pointsman::daemon
