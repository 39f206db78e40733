#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "pointsman/access/glob.hpp"
#include "pointsman/access/token.hpp"
#include "pointsman/config/nearest.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/config/unlisted_models.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/key_changes.hpp"
#include "pointsman/daemon/key_listing.hpp"
#include "pointsman/daemon/keys_options.hpp"
#include "pointsman/daemon/presence.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/store/kept_models.hpp"
#include "pointsman/store/key_database.hpp"
#include "pointsman/store/lost_keys.hpp"

namespace pointsman::daemon {
namespace {

constexpr std::size_t ending_size = 4;

// How long the running gateway may take to heed a change, for who waits for it, and how often it is looked for.
constexpr std::chrono::seconds longest_wait{5};
// One that is being restarted is there again by then.
constexpr std::chrono::seconds longest_absence{1};
constexpr Milliseconds between_looks{20};

// Where the keys are, and which the file has.
struct Place {
  store::KeyDatabase database;
  std::string store;  // the gateway's
  config::Access file;
  std::map<std::string, std::string> places_in_file;  // FILE:LINE of its keys, by name
  std::vector<std::string> models_in_file;            // the names of models that it gives
  bool by_default = false;                            // nobody said where

  bool has_in_file(const std::string& name) const { return places_in_file.contains(name); }
};

int fail(const Error& error, int exit_code = exit_failure) {
  std::cerr << "pointsman: " << error.message << "\n";
  return exit_code;
}

// Keys that no gateway would ever read are worse than none. A gateway's file says where they will be read, also before
// the first start; a path alone may be mistyped.
std::optional<Error> nobody_there(const KeysOptions& options, const std::string& store,
                                  const store::KeyDatabase& database) {
  std::error_code failure;
  const auto is_there = [&](const std::filesystem::path& path) {
    return std::filesystem::exists(path, failure) || failure;
  };
  if ((!options.config.empty() && options.store.empty()) || is_there(store) || database.exists()) return std::nullopt;
  if (options.store.empty()) {
    return misuse("there is no gateway's database at " + store +
                  ". Name the gateway's file (--config FILE) or its database (--store FILE).");
  }
  const auto directory = std::filesystem::absolute(store, failure).parent_path();
  if (options.action == KeysOptions::Action::create && is_there(directory)) return std::nullopt;
  return misuse("there is no gateway's database at " + store +
                (options.action == KeysOptions::Action::create ? ", and no such directory. Make it first, or name "
                                                               : ". Name its database, or name ") +
                "the gateway's file (--config FILE).");
}

Result<Place> place_of(const KeysOptions& options) {
  config::Settings settings;
  std::map<std::string, std::string> places_in_file;
  if (!options.config.empty()) {
    auto loaded = load_without_secrets(options.config);
    if (!loaded.ok()) {
      std::string problems;
      for (const auto& problem : loaded.problems) problems += "\n" + config::text(problem, options.config);
      return misuse("the file is wrong:" + problems);
    }
    settings = std::move(loaded.settings);
    for (const auto& [name, key] : loaded.keys) {
      places_in_file[name] = options.config + ":" + std::to_string(key.place.line);
    }
  }
  const bool by_default = options.store.empty() && settings.store_path.empty() && settings.keys_path.empty();
  if (!options.store.empty()) settings.store_path = options.store;
  if (settings.store_path.empty()) settings.store_path = default_store_path();
  const auto path = keys_path(settings);
  if (path.empty()) return misuse("with :memory: there is no place for keys; name the gateway's database with --store");
  const auto otherwise = options.store.empty() ? ", or name the gateway's database (--store FILE)" : "";
  for (const auto& each : {settings.store_path, path}) {
    if (auto unset = complaint_of_unset(each, "where the keys are", otherwise); !unset.empty()) return misuse(unset);
  }
  store::KeyDatabase database(path);
  if (auto nobody = nobody_there(options, settings.store_path, database)) return *nobody;
  return Place{std::move(database),       std::move(settings.store_path), std::move(settings.access),
               std::move(places_in_file), config::named_models(settings), by_default};
}

store::KeptToken kept(const Secret& token, WallTime now) {
  const auto& text = token.reveal();
  return {Sha256::of(text), text.substr(text.size() - ending_size), now};
}

// After a change that was made.
int wait_until_heeded(const Place& place) {
  const auto began = std::chrono::steady_clock::now();
  auto seen = began;
  std::string heeded;
  for (;;) {
    const auto gateway = gateway_at(place.store);
    // Another command may have changed the keys as well: they are read anew whenever the gateway has.
    if (gateway && heeded != gateway->keys) {
      heeded = gateway->keys;
      const auto keys = place.database.read();
      if (!keys) return fail(keys.error());
      if (heeded == fingerprint(*keys)) {
        std::cerr << "The running gateway heeds it.\n";
        return exit_ok;
      }
    }
    const auto now = std::chrono::steady_clock::now();
    if (gateway) seen = now;
    if (now - began >= longest_wait || now - seen >= longest_absence) {
      std::cerr << "pointsman: it is done, but "
                << (gateway ? "the gateway (pid " + std::to_string(gateway->process) +
                                  ") does not heed it after 5 s; its log says why\n"
                            : "no gateway is seen that serves on " + place.store +
                                  "; one that starts heeds it, and one that runs unseen says in its log why\n");
      return exit_failure;
    }
    std::this_thread::sleep_for(between_looks);
  }
}

// The only place where a secret is printed. It is known by nobody else from here on. `done`: what became of the key, as
// the rest of a sentence.
int print(const Secret& token, const KeysOptions& options, const std::string& done) {
  std::cout << token.reveal() << std::endl;
  if (!std::cout) {
    std::cerr << "pointsman: the secret of the key '" << options.name
              << "' could not be printed and is lost; make another one with `pointsman keys rotate " << options.name
              << "`\n";
    return exit_failure;
  }
  std::cerr << "The key '" << options.name << "' " << done
            << (options.wait ? "" : "; a running gateway takes it within a second")
            << ". Its secret is shown this once.\n";
  return exit_ok;
}

// Who mistypes a model makes a key that is good for nothing. What the gateway was seen to have, and what its file has.
void warn_of_models(const config::Key& key, const Place& place) {
  auto known = store::models_kept_in(place.store);
  if (known.empty()) return;
  known.insert(known.end(), place.models_in_file.begin(), place.models_in_file.end());
  const auto warn = [&](const std::string& option, const std::string& glob) {
    const auto fits = [&](const std::string& model) { return access::glob_matches(glob, model); };
    if (std::ranges::any_of(known, fits)) return;
    const auto meant = config::nearest(glob, known);
    std::cerr << "pointsman: warning: " << option << " " << glob << " fits no model that there is now"
              << (meant.empty() ? "" : "; did you mean " + std::string(meant) + "?") << "\n";
  };
  for (const auto& glob : key.models) warn("--models", glob);
  for (const auto& limits : key.limits.models) warn("--model-limit", limits.models);
}

int create(const KeysOptions& options, const Place& place, WallTime now) {
  auto key = grants_of(options, now);
  if (!key) return fail(key.error(), exit_usage);
  const auto& path = place.database.path();
  if (place.has_in_file(options.name)) {
    return fail(misuse("the file has a key '" + options.name + "', which would hide this one; give it another name"),
                exit_usage);
  }
  if (place.by_default) make_directories_above(path);
  const auto before = place.database.any();
  const auto token = access::new_token();
  warn_of_models(*key, place);
  const auto added = place.database.add({std::move(*key), now, {}, {kept(token, now)}});
  if (!added) return fail(added.error());
  const int printed = print(token, options, "is kept in " + path);
  if (before && !*before && place.file.keys.empty()) {
    std::cerr << "It is the first one: from now on everybody needs a key.\n";
  }
  return printed;
}

Error no_such_key(const std::string& name, const Place& place) {
  if (!place.has_in_file(name)) return misuse("there is no key '" + name + "' in " + place.database.path());
  return misuse("the key '" + name + "' stands in " + place.places_in_file.at(name) +
                "; change it or take it out there: the gateway follows at once");
}

// What the database says of one that it does not have, in terms of the file if that has it.
Error with_file(const Error& error, const std::string& name, const Place& place) {
  return error.code == ErrorCode::not_found && place.has_in_file(name) ? no_such_key(name, place) : error;
}

// A new secret of a key that the file hides would not work.
std::optional<Error> hidden(const std::string& name, const Place& place) {
  if (!place.has_in_file(name)) return std::nullopt;
  const auto keys = place.database.read();
  if (!keys) return keys.error();
  if (std::ranges::none_of(*keys, [&](const store::KeptKey& each) { return each.grants.name == name; })) {
    return no_such_key(name, place);
  }
  return misuse("the file has a key '" + name +
                "', which hides this one: a new secret of this one would not work. Change it in " +
                place.places_in_file.at(name) + ", or take it out there first");
}

int rotate(const KeysOptions& options, const Place& place, WallTime now) {
  const auto grace = options.grace.empty() ? std::optional(Milliseconds(0)) : config::parse_duration(options.grace);
  if (!grace)
    return fail(misuse("--grace must be a duration such as 30m, 24h or 7d, not '" + options.grace + "'"), exit_usage);
  const auto expires = expiry_of(options, now);
  if (!expires) return fail(expires.error(), exit_usage);
  if (const auto refusal = hidden(options.name, place)) return fail(*refusal);
  const auto token = access::new_token();
  const auto key = place.database.rotate(options.name, kept(token, now), now + *grace, *expires);
  if (!key) return fail(key.error());
  const auto old_ends =
      grace->count() == 0 ? "is refused from now on" : "is good until " + config::text_of(now + *grace);
  return print(token, options, "has a new secret, kept in " + place.database.path() + "; the old one " + old_ends);
}

int revoke(const KeysOptions& options, const Place& place, WallTime now) {
  const auto key = place.database.revoke(options.name, now);
  if (!key) return fail(with_file(key.error(), options.name, place));
  std::cerr << "The key '" << options.name << "' is revoked"
            << (options.wait ? "" : "; a running gateway refuses it within a second") << ".\n";
  if (place.has_in_file(options.name)) {
    std::cerr << "The file has a key of that name, which is another one and stays good until it is taken out.\n";
  }
  return exit_ok;
}

int list(const KeysOptions& options, const Place& place, WallTime now) {
  const auto keys = place.database.read();
  if (!keys) return fail(keys.error());
  std::cout << (options.json ? key_list_json(place.file, *keys, now) : key_table(place.file, *keys, now)) << std::flush;
  if (keys->empty() && store::saw_keys(place.store)) {
    std::cerr << "pointsman: there are no keys in " << place.database.path()
              << ", although the gateway once saw some, and it does not start like this: " << store::when_keys_are_lost
              << "\n";
  }
  return exit_ok;
}

int show(const KeysOptions& options, const Place& place, WallTime now) {
  const auto keys = place.database.read();
  if (!keys) return fail(keys.error());
  const auto key = std::ranges::find(*keys, options.name,
                                     [](const store::KeptKey& each) -> const std::string& { return each.grants.name; });
  if (key == keys->end()) return fail(no_such_key(options.name, place));
  const bool is_hidden = place.has_in_file(options.name);
  std::cout << (options.json ? key_json(*key, is_hidden, now) : key_details(*key, is_hidden, now)) << std::flush;
  return exit_ok;
}

int carry_out(const KeysOptions& options, const Place& place, WallTime now) {
  switch (options.action) {
    case KeysOptions::Action::create: return create(options, place, now);
    case KeysOptions::Action::list: return list(options, place, now);
    case KeysOptions::Action::show: return show(options, place, now);
    case KeysOptions::Action::revoke: return revoke(options, place, now);
    case KeysOptions::Action::rotate: return rotate(options, place, now);
  }
  return exit_usage;
}

}  // namespace

int keys(const KeysOptions& options) {
  const auto place = place_of(options);
  if (!place) return fail(place.error(), exit_usage);
  const int code = carry_out(options, *place, SystemClock().wall());
  return code == exit_ok && options.wait ? wait_until_heeded(*place) : code;
}

}  // namespace pointsman::daemon
