#pragma once

#include <string>

#include "pointsman/config/settings.hpp"

namespace pointsman::daemon {

// Where what was learned is kept if nobody says: systemd's StateDirectory; else the place of the system's services for
// root, and of a person's own programs (XDG Base Directory Specification) for everybody else.
std::string default_store_path();

// Where the keys are: as the settings say, or else beside what was learned; empty: that is in memory, and there are no
// keys but those of the file.
std::string keys_path(const config::Settings& settings);

// Where the ledger is: likewise, beside what was learned; empty: there is none.
std::string ledger_path(const config::Settings& settings);

// The store makes the last directory of its path; those above it are missing on a fresh account.
void make_directories_above(const std::string& store_path);

}  // namespace pointsman::daemon
