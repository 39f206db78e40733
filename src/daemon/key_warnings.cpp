#include "pointsman/daemon/key_warnings.hpp"

#include <algorithm>

#include "pointsman/access/glob.hpp"
#include "pointsman/access/key_ring.hpp"
#include "pointsman/config/quantities.hpp"
#include "pointsman/config/unlisted_models.hpp"

namespace pointsman::daemon {

std::vector<config::Problem> key_warnings(const config::Loaded& loaded, const config::Vocabulary& vocabulary,
                                          WallTime now) {
  const auto listed = config::listed_models(loaded.settings, vocabulary);
  std::vector<config::Problem> warnings;
  for (const auto& key : loaded.settings.access.keys) {
    const auto& [place, is_short] = loaded.keys.at(key.name);
    const auto warn = [&](const std::string& complaint) {
      warnings.push_back(config::warning_at(place, "the key " + config::quote(key.name) + " " + complaint));
    };
    if (is_short) {
      warn("has fewer than " + std::to_string(config::shortest_good_key) +
           " characters and can be guessed; `pointsman keys create` makes a better one");
    }
    if (access::has_expired(key, now)) warn("is refused: it expired at " + config::text_of(*key.expires));
    for (const auto& glob : key.models) {
      const auto fits = [&](const std::string& model) { return access::glob_matches(glob, model); };
      if (listed.empty() || std::ranges::any_of(listed, fits)) continue;
      warn("may use " + config::quote(glob) + ", but no endpoint lists a model of that name");
    }
  }
  return warnings;
}

}  // namespace pointsman::daemon
