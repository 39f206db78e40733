#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pointsman/net/task.hpp"
#include "pointsman/probe/conversation.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {

// What a page says of its server's version, fit to be shown; "": nothing.
std::string version_in(const nlohmann::json& page, const char* member_name = "version");

// The same of the page at a path; "" also if there is none.
net::Task<std::string> version_at(Conversation& conversation, std::string path);

// Identifies a server whose models have named it already, by GET /version = {"version": "…"}. A front end of it without
// that page has no version, but is it all the same; one that does not answer is not.
net::Task<Identity> identify_by_version_page(Conversation& conversation);

}  // namespace pointsman::probe
