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
  // Asking for its routes would do harm now: wake it, or wait behind its work.
  bool leave_alone = false;
  // Routes that this version is known to have, for where asking does not tell.
  registry::PerApi<bool> offered;
};

struct Family {
  std::string_view type;  // the server_type, and the type of its Fingerprint
  Means means;
  net::Task<Identity> (*identify)(Conversation& conversation);
  // Finds out what each model in the report is made for, but for those that are examined in `known`, which is empty
  // when the server has other routes than it had; nullptr: such servers do not tell. Also called when the server is
  // left alone.
  net::Task<> (*examine_models)(Conversation& conversation, const Known& known, registry::ProbeReport& report);
  // A routine probe without the list of models, where asking for that does harm; nullptr: it does none. False: the
  // server is not what it was and has to be examined.
  net::Task<bool> (*take_pulse)(Conversation& conversation, const Known& known, registry::ProbeReport& report);
  // Reads what the server tells of its load for nothing, at every probe: the report's `load`, and which models are
  // `loaded`; nullptr: it does not tell. Also called when the server is left alone. What it cannot read is not there.
  net::Task<> (*read_load)(Conversation& conversation, registry::ProbeReport& report) = nullptr;
};

// nullptr: none of that type.
const Family* family_of(std::string_view type);

extern const Family llama_cpp;
extern const Family ollama;
extern const Family vllm;
extern const Family sglang;
extern const Family tgi;
extern const Family transformers;
extern const Family trtllm_serve;
extern const Family mistral_rs;
extern const Family lmdeploy;
extern const Family xinference;
extern const Family xllm;
extern const Family xllm_jd;
extern const Family litellm;
extern const Family llama_cpp_python;
extern const Family docker_model_runner;
extern const Family koboldcpp;
extern const Family lemonade;
extern const Family llama_swap;
extern const Family lm_studio;
extern const Family local_ai;
extern const Family mlx_lm;
extern const Family tabbyapi;

}  // namespace pointsman::probe
