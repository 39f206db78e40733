#pragma once

#include <sys/types.h>

#include <string>

#include "pointsman/config/document.hpp"
#include "pointsman/config/load.hpp"
#include "pointsman/doctor/finding.hpp"

// Who may read and write the files that the gateway relies on, and whether it may write its logs.
namespace pointsman::doctor {

enum class FileHolds {
  settings,              // no secret; also a certificate
  settings_and_secrets,  // the file itself says keys, and not variables or files that hold them
  secrets,               // a key of a client, an endpoint or a certificate
};

// What anybody on this machine may do with such a file, by its mode. Nothing, if that is as it should be.
Diagnosis judge_rights(const std::string& path, mode_t mode, FileHolds holds);

// Whether the file has a client's or an endpoint's key in words.
bool says_secrets(const config::Node& root);

// Looks at the file and at those with secrets and certificates that it names. One that cannot be looked at is left out:
// reading the file said so.
Diagnosis examine_files(const std::string& file, const config::Loaded& loaded);

}  // namespace pointsman::doctor
