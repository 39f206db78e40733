#include "pointsman/config/traces_section.hpp"

#include "pointsman/config/kinds.hpp"
#include "pointsman/config/reserved_fields.hpp"
#include "pointsman/config/secret_reader.hpp"
#include "pointsman/config/tls_section.hpp"

namespace pointsman::config {
namespace {

// OTLP/HTTP: where traces go below the collector's base.
constexpr std::string_view path_of_traces = "/v1/traces";
constexpr std::uint16_t port_of_grpc = 4317;

// The messages of an endpoint's URL name the key that is for its secret.
std::string in_words_of_a_collector(std::string message) {
  constexpr std::string_view of_endpoints = "api_key";
  if (const auto at = message.find(of_endpoints); at != std::string::npos) {
    message.replace(at, of_endpoints.size(), "`headers`");
  }
  return message;
}

void read_collector(const Value& value, std::optional<Url>& collector) {
  const auto text = value.text();
  if (!text) return;
  auto url = parse_url(*text);
  if (!url) {
    return value.complain("is wrong: " + value.as_written(in_words_of_a_collector(url.error().message), *text));
  }
  if (!url->base_path.ends_with(path_of_traces)) url->base_path = url->root_path + std::string(path_of_traces);
  if (url->port == port_of_grpc) {
    value.reading().problems.push_back(
        warning_at(value.place(), "`" + value.name() +
                                      "`: 4317 is mostly the port of OTLP over gRPC, which is not spoken here; that of "
                                      "OTLP over HTTP is 4318"));
  }
  collector = std::move(*url);
}

void read_header(const Value& value, Secret& target) {
  if (value.kind() != Node::Kind::mapping) return secret_field(value, target);
  // No unknown key is named: it may be the secret, written between the wrong brackets.
  const auto entries = value.entries();
  if (entries.size() != 1 || entries.front().first != "file") {
    return value.complain("must be a header's value, or {file: PATH} with a file that holds it");
  }
  secret_field_file(entries.front().second, target);
}

void read_headers(const Value& value, std::map<std::string, Secret>& headers) {
  if (value.kind() == Node::Kind::scalar || value.kind() == Node::Kind::sequence) {
    return value.complain("must be a mapping from headers, such as `{x-api-key: \"${COLLECTOR_KEY}\"}`");
  }
  Distinct names;
  for (const auto& [name, content] : value.entries()) {
    if (!is_name(name)) {
      content.complain("belongs to a name that no header has; write one like `x-api-key`");
    } else if (is_reserved_field(name)) {
      content.complain("belongs to a header that is written by pointsman itself; leave it out");
    } else if (const auto line = names.earlier(in_small_letters(name), content.place())) {
      content.complain("belongs to a header that stands in line " + std::to_string(*line) + " already");
    } else {
      read_header(content, headers[name]);
    }
  }
}

}  // namespace

void read_traces(const Value& value, Traces& traces) {
  Mapping keys(value);
  keys.read("collector", read_collector, traces.collector);
  const auto authorities = keys.find("ca_file");
  if (authorities) read_authorities(*authorities, traces.ca_file);
  const bool is_plain = traces.collector && traces.collector->scheme != "https";
  if (authorities && is_plain) authorities->complain("is for an https:// collector; change the URL, or leave it out");
  keys.read("headers", read_headers, traces.headers);
  keys.read("sample", share_or_none, traces.sample);
  keys.read("service_name", name, traces.service_name);
}

}  // namespace pointsman::config
