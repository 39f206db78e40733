#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <ranges>

#include "pointsman/config/load.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/ledger/report.hpp"
#include "pointsman/ledger/usage.hpp"
#include "pointsman/store/database.hpp"

namespace pointsman::daemon {
namespace {

// A date, or how long ago.
std::optional<WallTime> time_of(const std::string& text, WallTime now) {
  if (const auto time = config::parse_time(text)) return time;
  if (const auto days = config::parse_days(text)) return now - *days;
  if (const auto ago = config::parse_duration(text)) return now - *ago;
  return std::nullopt;
}

// What is asked; nothing if that is wrong, which has been printed then.
std::optional<ledger::Question> question_of(const UsageOptions& options) {
  ledger::Question question;
  const auto now = SystemClock().wall();
  const auto read = [&](const char* option, const std::string& text, WallTime& time) {
    const auto parsed = time_of(text, now);
    if (parsed) time = *parsed;
    if (!parsed) {
      std::cerr << "pointsman: " << option << ": '" << text << "' must be a date such as 2026-11-23, or how long ago "
                << "that is, such as 12h, 7d or 1y\n";
    }
    return parsed.has_value();
  };
  question.until = now;
  if (!read("--since", options.since, question.since)) return std::nullopt;
  if (!options.until.empty() && !read("--until", options.until, question.until)) return std::nullopt;
  if (question.since > now) {
    std::cerr << "pointsman: --since: " << options.since << " is yet to come\n";
    return std::nullopt;
  }
  if (question.until < question.since) {
    std::cerr << "pointsman: --until " << options.until << " is before --since " << options.since << "\n";
    return std::nullopt;
  }
  for (const auto& word : options.by) {
    const auto by = ledger::by_named(word);
    if (!by) {
      std::cerr << "pointsman: --by: '" << word << "' must be one of key, model, endpoint, api, day and hour\n";
      return std::nullopt;
    }
    question.by.push_back(*by);
  }
  question.key = options.key;
  question.model = options.model;
  return question;
}

// Where the ledger is; empty if that cannot be known, which has been printed then.
std::string path_of(const UsageOptions& options) {
  if (!options.ledger.empty()) return options.ledger;
  config::Settings settings;
  if (!options.config.empty()) {
    const auto loaded = load_without_secrets(options.config);
    if (!loaded.ok()) {
      for (const auto& problem : loaded.problems) std::cerr << config::text(problem, options.config) << "\n";
      return "";
    }
    settings = loaded.settings;
  }
  if (settings.store_path.empty()) settings.store_path = default_store_path();
  auto path = ledger_path(settings);
  if (path.empty()) std::cerr << "pointsman: " << options.config << " says that no ledger is kept\n";
  if (const auto unset = complaint_of_unset(path, "where the ledger is", ", or name it (--ledger FILE)");
      !unset.empty()) {
    std::cerr << "pointsman: " << unset << "\n";
    return "";
  }
  return path;
}

constexpr std::size_t most_named = 50;

// A name that was mistyped has used nothing, either.
void say_if_unknown(const std::string& key, const std::vector<std::string>& seen) {
  if (std::ranges::find(seen, key) != seen.end()) return;
  std::string names;
  for (const auto& each : seen | std::views::take(most_named)) names += (names.empty() ? "" : ", ") + each;
  if (seen.size() > most_named) names += " and " + std::to_string(seen.size() - most_named) + " more";
  std::cerr << "pointsman: the ledger knows no request with a key '" << key << "'; "
            << (names.empty() ? "it knows none with any key" : "keys that it knows: " + names) << "\n";
}

}  // namespace

int usage(const UsageOptions& options) {
  const auto question = question_of(options);
  if (!question) return exit_usage;
  const auto path = path_of(options);
  if (path.empty()) return exit_usage;
  if (std::error_code unknown; !std::filesystem::exists(path, unknown)) {
    std::cerr << "pointsman: there is no ledger at " << path
              << ". Name the file that the gateway was started with (--config FILE), or the ledger (--ledger FILE).\n";
    return exit_failure;
  }
  try {
    SQLite::Database database(path, SQLite::OPEN_READONLY, static_cast<int>(store::HowToOpen().patience.count()));
    const auto found = ledger::usage(database, *question);
    if (found.rows.empty() && !options.key.empty()) say_if_unknown(options.key, ledger::keys_seen(database));
    std::cout << (options.json  ? ledger::json(*question, found)
                  : options.csv ? ledger::csv(*question, found)
                                : ledger::table(*question, found))
              << std::flush;
    return exit_ok;
  } catch (const SQLite::Exception& exception) {
    std::cerr << "pointsman: the ledger " << path << " cannot be read: " << exception.what()
              << ". Look whether it is one, and whether you may read it and write its directory.\n";
    return exit_failure;
  }
}

}  // namespace pointsman::daemon
