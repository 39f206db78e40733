#include "pointsman/config/endpoint_section.hpp"

#include "pointsman/config/kinds.hpp"
#include "pointsman/config/reserved_fields.hpp"
#include "pointsman/config/secret_reader.hpp"
#include "pointsman/config/tls_section.hpp"

namespace pointsman::config {
namespace {

void read_url(const Value& value, Url& url) {
  const auto text = value.text();
  if (!text) return;
  auto parsed = parse_url(*text);
  if (!parsed) return value.complain("is wrong: " + value.as_written(parsed.error().message, *text));
  url = std::move(*parsed);
}

void read_api_key(Mapping& keys, Secret& api_key) {
  const auto direct = keys.find("api_key");
  const auto file = keys.find("api_key_file");
  if (direct) secret(*direct, api_key);
  if (direct && file) return file->complain("is one too many: `api_key` is there already");
  if (file) secret_file(*file, api_key);
}

void read_api_key_header(const Value& value, std::string& header) {
  std::string written;
  name(value, written);
  if (written.empty()) return;
  if (is_reserved_field(written)) {
    return value.complain("is a header that carries no key; write one like `x-api-key`");
  }
  header = in_small_letters(written) == "authorization" ? std::string(authorization_field) : written;
}

void read_tls(Mapping& keys, const Url& url, EndpointTls& tls) {
  const auto found = keys.find("tls");
  if (!found) return;
  read_endpoint_tls(*found, tls);
  const bool is_plain = !url.scheme.empty() && url.scheme != "https";
  if (is_plain) found->complain("is for an https:// URL; change the URL, or leave `tls` out");
}

void read_timeouts(const Value& value, Timeouts& timeouts) {
  Mapping keys(value);
  keys.read("connect", duration, timeouts.connect);
  keys.read("first_byte", duration, timeouts.first_byte);
  keys.read("idle", duration, timeouts.idle);
  if (const auto found = keys.find("failover_after")) duration_or_none(*found, timeouts.failover_after.emplace());
}

void read_apis(const Value& value, std::map<std::string, bool>& apis) {
  Mapping keys(value);
  for (const auto& api : value.reading().vocabulary.apis) {
    if (const auto found = keys.find(api)) boolean(*found, apis[api]);
  }
}

// The ids and the aliases of an endpoint share one space of names: a request's model must mean one thing there.
void read_model(const Value& value, EndpointModel& model, Distinct& names) {
  const auto distinct_name = names.once(model_name);
  if (value.kind() != Node::Kind::mapping) return distinct_name(value, model.id);
  Mapping keys(value);
  keys.require("id", distinct_name, model.id);
  keys.read("max_concurrent", WholeNumber(0, 1'000'000), model.max_concurrent);
  const auto aliases = keys.find("aliases");
  if (!aliases) return;
  for (const auto& alias : aliases->some_items()) distinct_name(alias, model.aliases.emplace_back());
}

void read_models(const Value& value, std::optional<std::vector<EndpointModel>>& models) {
  Distinct names;
  models.emplace();
  for (const auto& item : value.some_items()) read_model(item, models->emplace_back(), names);
}

void read_endpoint(const Value& value, Endpoint& endpoint, Distinct& names) {
  Mapping keys(value);
  keys.require("name", names.once(name), endpoint.name);
  keys.require("url", read_url, endpoint.url);
  read_api_key(keys, endpoint.api_key);
  keys.read("api_key_header", read_api_key_header, endpoint.api_key_header);
  read_tls(keys, endpoint.url, endpoint.tls);
  keys.read("weight", WholeNumber(1, 1'000), endpoint.weight);
  keys.read("priority", WholeNumber(0, 1'000), endpoint.priority);
  keys.read("max_concurrent", WholeNumber(0, 1'000'000), endpoint.max_concurrent);
  keys.read("timeouts", read_timeouts, endpoint.timeouts);
  keys.read("account", name, endpoint.account);
  keys.read("apis", read_apis, endpoint.apis);
  keys.read("models", read_models, endpoint.models);
}

}  // namespace

void read_endpoints(const Value& value, std::vector<Endpoint>& endpoints) {
  Distinct names;
  for (const auto& item : value.items()) read_endpoint(item, endpoints.emplace_back(), names);
}

}  // namespace pointsman::config
