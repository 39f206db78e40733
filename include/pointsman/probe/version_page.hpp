#pragma once

#include "pointsman/net/task.hpp"
#include "pointsman/probe/conversation.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {

// Identifies a server whose models have named it already, by GET /version = {"version": "…"}. A front end of it without
// that page has no version, but is it all the same; one that does not answer is not.
net::Task<Identity> identify_by_version_page(Conversation& conversation);

}  // namespace pointsman::probe
