#pragma once

#include <string>
#include <string_view>

// Who had keys and finds none has lost them, and would be open to everybody: no gateway starts like that.
namespace pointsman::store {

// What to do about it, for the end of a sentence.
inline constexpr std::string_view when_keys_are_lost =
    "put a backup of it in its place, or begin anew with `pointsman keys create`; if there shall be none any more, "
    "start once with --forget-keys";

// Whether a gateway that keeps what it learned at that path saw keys. Changes nothing; false where it cannot be told:
// there is no such database, it is damaged or may not be read.
bool saw_keys(const std::string& store_path);

}  // namespace pointsman::store
