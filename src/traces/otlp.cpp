#include "pointsman/traces/otlp.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::traces {
namespace {

using Json = nlohmann::json;

// SpanFlags: the lowest is the trace's own, the others say whether the parent is somebody else's span.
constexpr std::uint32_t sampled = 0x1;
constexpr std::uint32_t knows_whose_parent = 0x100;
constexpr std::uint32_t has_remote_parent = 0x200;

Json value_of(const std::string& text) { return {{"stringValue", text}}; }
Json value_of(std::int64_t number) { return {{"intValue", std::to_string(number)}}; }
Json value_of(bool truth) { return {{"boolValue", truth}}; }

Json attribute(std::string_view key, Json value) { return {{"key", key}, {"value", std::move(value)}}; }

std::string nanoseconds(SpanTime time) { return std::to_string(time.time_since_epoch().count()); }

Json json_of(const Span& span) {
  Json json{
      {"traceId", hexadecimal(span.trace)},
      {"spanId", hexadecimal(span.id)},
      {"flags", sampled | knows_whose_parent | (span.has_remote_parent ? has_remote_parent : 0)},
      {"name", span.name},
      {"kind", static_cast<int>(span.kind)},
      {"startTimeUnixNano", nanoseconds(span.began)},
      {"endTimeUnixNano", nanoseconds(span.ended)},
  };
  if (span.parent) json["parentSpanId"] = hexadecimal(*span.parent);
  auto& attributes = json["attributes"] = Json::array();
  for (const auto& [key, value] : span.attributes) {
    attributes.push_back(attribute(key, std::visit([](const auto& held) { return value_of(held); }, value)));
  }
  for (const auto& [name, at] : span.events) {
    json["events"].push_back({{"timeUnixNano", nanoseconds(at)}, {"name", name}});
  }
  json["status"] = Json::object();
  if (span.status != Span::Status::unset) json["status"]["code"] = static_cast<int>(span.status);
  return json;
}

}  // namespace

std::string otlp_body(std::span<const Span> spans, std::string_view service_name, std::string_view instance) {
  auto list = Json::array();
  for (const auto& span : spans) list.push_back(json_of(span));
  const auto resource = Json::array({
      attribute("service.name", value_of(std::string(service_name))),
      attribute("service.version", value_of(std::string(POINTSMAN_VERSION))),
      attribute("service.instance.id", value_of(std::string(instance))),
  });
  const Json scope{{"scope", {{"name", "pointsman"}, {"version", POINTSMAN_VERSION}}}, {"spans", std::move(list)}};
  const Json body{{"resourceSpans",
                   Json::array({{{"resource", {{"attributes", resource}}}, {"scopeSpans", Json::array({scope})}}})}};
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pointsman::traces
