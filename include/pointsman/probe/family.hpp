#pragma once

#include <string>
#include <string_view>

#include "pointsman/net/task.hpp"
#include "pointsman/probe/conversation.hpp"
#include "pointsman/probe/route_search.hpp"
#include "pointsman/probe/routine.hpp"
#include "pointsman/registry/report.hpp"

// The servers that are examined in a way of their own: a family_*.cpp each, and a row each in families.cpp. A server of
// no family goes the general way: the default Means.
namespace pointsman::probe {

// What a server says when it is asked who it is.
struct Identity {
  bool confirmed = false;  // false: it only looked like one of the family
  std::string version;
  std::string remark;  // worth knowing, for a person
  // It sleeps, or may sleep, and whatever is not on the family's list of harmless questions would wake it.
  bool let_sleep = false;
};

struct Family {
  std::string_view type;  // the server_type, and the type of its Fingerprint
  Means means;
  net::Task<Identity> (*identify)(Conversation& conversation);
  // Finds out what each model in the report is made for; nullptr: such servers do not tell.
  net::Task<> (*examine_models)(Conversation& conversation, const Known& known, registry::ProbeReport& report);
  // A routine probe without the list of models, where asking for that does harm; nullptr: it does none. False: the
  // server is not what it was and has to be examined.
  net::Task<bool> (*take_pulse)(Conversation& conversation, const Known& known, registry::ProbeReport& report);
  // Reads what the server tells of its load for nothing, at every probe: the report's `load`, and which models are
  // `loaded`; nullptr: it does not tell.
  net::Task<> (*read_load)(Conversation& conversation, registry::ProbeReport& report) = nullptr;
};

// nullptr: none of that type.
const Family* family_of(std::string_view type);

extern const Family llama_cpp;
extern const Family ollama;
extern const Family vllm;
extern const Family llama_cpp_python;

}  // namespace pointsman::probe
