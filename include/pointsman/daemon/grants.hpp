#pragma once

#include <string>
#include <vector>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/store/kept_key.hpp"

// The keys of the file and those of the database together. Where both have a name, the file's counts.
namespace pointsman::daemon {

access::Grants grants_of(const config::Access& file, const std::vector<store::KeptKey>& kept);

// Names of the database's keys that the file has as well.
std::vector<std::string> hidden_by(const config::Access& file, const std::vector<store::KeptKey>& kept);

// config::refusal_to_start(), with what the database holds; a database that cannot be read is a refusal, too.
std::string refusal_with_kept_keys(const config::Settings& settings);

}  // namespace pointsman::daemon
