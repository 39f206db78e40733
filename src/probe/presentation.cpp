#include "pointsman/probe/presentation.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::ordered_json;
using registry::Capability;
using registry::ModelReport;
using registry::Verdict;

// What holds for a model: what is known of itself, else what is known of the route.
const Capability& capability(const registry::ProbeReport& report, const ModelReport& model, registry::Api api) {
  const Capability& own = model.apis[api];
  return own.verdict != Verdict::unknown ? own : report.routes[api];
}

std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  if (result.size() < width) result.append(width - result.size(), ' ');
  return result;
}

std::string server(const registry::ProbeReport& report) {
  if (report.server_type.empty()) return "not recognised";
  return report.version.empty() ? report.server_type : report.server_type + " " + report.version;
}

// "load 1 running, 2 waiting, 4 slots"; "" if the server says nothing of it.
std::string load_line(const registry::ReportedLoad& load) {
  std::string figures;
  const auto add = [&](const std::optional<std::uint32_t>& figure, std::string_view what) {
    if (!figure) return;
    figures += (figures.empty() ? "" : ", ") + std::to_string(*figure) + " " + std::string(what);
  };
  add(load.running, "running");
  add(load.waiting, "waiting");
  add(load.slots, "slots");
  if (load.cache_use) add(static_cast<std::uint32_t>(*load.cache_use * 100), "% of the cache in use");
  return figures.empty() ? "" : "  load " + figures + "\n";
}

constexpr std::size_t widest_line = 110;
constexpr std::size_t longest_answer = 140;

// One name after the other, from `column` on and on as many lines as they need.
std::string listed(const std::vector<std::string>& names, std::size_t column) {
  std::string text;
  std::size_t at = column;
  for (const auto& each : names) {
    const bool is_first = text.empty();
    if (!is_first && at + each.size() + 2 > widest_line) {
      text += ",\n" + std::string(column, ' ');
      at = column;
    } else if (!is_first) {
      text += ", ";
      at += 2;
    }
    text += each;
    at += each.size();
  }
  return text;
}

void replace_all(std::string& text, std::string_view part, std::string_view by) {
  if (part.empty()) return;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + by.size())) {
    text.replace(at, part.size(), by);
  }
}

std::string path_of(const config::Url& url, const registry::ApiRow& row) {
  return (row.base == registry::Base::root ? url.root_path : url.base_path) + std::string(row.path);
}

// Whether a request was for this path, and for this row where another row has the same path.
bool asks_for(const Sent& sent, const std::string& path, bool by_websocket) {
  const auto from_path = std::string_view(sent.request).substr(sent.request.find(' ') + 1);
  return from_path.substr(0, from_path.find(' ')) == path &&
         sent.request.ends_with("with Upgrade: websocket") == by_websocket;
}

std::string in_words(const Sent& sent) {
  if (sent.status != 0) return sent.request + ": " + std::to_string(sent.status) + " " + sent.note;
  return sent.request + ": no answer" + (sent.note.empty() ? " in time" : ", " + sent.note);
}

// Why a route is unknown: what came back when it was asked for last, or why it was not asked for.
std::string why_unknown(const config::Url& url, const registry::ApiRow& row, const Findings& findings) {
  const std::string path = path_of(url, row);
  const auto asked = std::find_if(findings.sent.rbegin(), findings.sent.rend(), [&](const Sent& sent) {
    return asks_for(sent, path, registry::uses_websocket(row));
  });
  if (asked != findings.sent.rend()) return "what came back does not tell: " + in_words(*asked);
  if (findings.cut_short && !findings.sent.empty()) return "not asked after " + in_words(findings.sent.back());
  return "not asked: this server has no answer that tells and costs nothing";
}

std::string reason(const config::Url& url, const registry::ApiRow& row, const Findings& findings) {
  const Capability& route = findings.report.routes[row.api];
  return route.verdict == Verdict::unknown ? why_unknown(url, row, findings) : route.evidence;
}

// The reason without the route, so that what many routes have in common is the same.
std::string in_common(const config::Url& url, const registry::ApiRow& row, const Findings& findings) {
  std::string text = reason(url, row, findings);
  replace_all(text, path_of(url, row), "...");
  replace_all(text, row.path, "...");
  return excerpt(text, longest_answer);
}

// The routes with the same verdict for the same reason.
struct Alike {
  Verdict verdict;
  std::string reason;
  std::vector<std::string> names;
};

std::vector<Alike> routes_alike(const config::Url& url, const Findings& findings) {
  std::vector<Alike> groups;
  for (const Verdict verdict : {Verdict::yes, Verdict::unknown, Verdict::no}) {
    for (const auto& row : registry::api_table) {
      if (findings.report.routes[row.api].verdict != verdict) continue;
      const std::string reason = in_common(url, row, findings);
      const auto is_same = [&](const Alike& group) { return group.verdict == verdict && group.reason == reason; };
      auto group = std::ranges::find_if(groups, is_same);
      if (group == groups.end()) group = groups.insert(groups.end(), {verdict, reason, {}});
      group->names.emplace_back(row.name);
    }
  }
  return groups;
}

std::string route_lines(const config::Url& url, const Findings& findings) {
  constexpr std::size_t column = 13;
  std::string text = "  routes\n";
  for (const auto& group : routes_alike(url, findings)) {
    text += "    " + padded(registry::name(group.verdict), column - 4) + listed(group.names, column) + "\n";
    text += std::string(column, ' ') + group.reason + "\n";
  }
  return text;
}

// "all of these" where it has every route that the endpoint has.
std::string apis_of(const registry::ProbeReport& report, const ModelReport& model, std::size_t column) {
  std::vector<std::string> names;
  bool lacks_none = true;
  for (const auto& row : registry::api_table) {
    const Verdict verdict = capability(report, model, row.api).verdict;
    lacks_none = lacks_none && verdict == report.routes[row.api].verdict;
    if (verdict != Verdict::no) names.push_back(std::string(row.name) + (verdict == Verdict::unknown ? "?" : ""));
  }
  if (names.empty()) return "none";
  return lacks_none && names.size() > 1 ? "all of these" : listed(names, column);
}

std::string model_lines(const registry::ProbeReport& report) {
  std::size_t width = 0;
  for (const auto& model : report.models) width = std::max(width, model.id.size());
  width = std::min<std::size_t>(width, 60) + 2;
  std::string text = "  models " + std::to_string(report.models.size()) + "\n";
  for (const auto& model : report.models) {
    text += "    " + padded(model.id, width) + apis_of(report, model, width + 4);
    if (model.loaded) text += *model.loaded ? "  loaded" : "  not loaded";
    if (model.context_length) text += "  (" + std::to_string(*model.context_length) + " tokens)";
    text += "\n";
  }
  return text;
}

std::string sent_lines(const std::vector<Sent>& sent) {
  std::string text = "  sent " + std::to_string(sent.size()) + "\n";
  std::set<std::pair<int, std::string_view>> shown;
  for (const auto& each : sent) {
    const std::string status = each.status == 0 ? "---" : std::to_string(each.status);
    const bool is_new = shown.emplace(each.status, each.note).second;
    text += "    " + status + "  " + each.request + "\n         " + (is_new ? each.note : "as above") + "\n";
  }
  return text;
}

ordered_json as_json(const Capability& capability) {
  return {{"verdict", registry::name(capability.verdict)},
          {"how", registry::name(capability.how)},
          {"evidence", capability.evidence}};
}

template <class Find>
ordered_json per_api(Find find) {
  auto result = ordered_json::object();
  for (const auto& row : registry::api_table) result[std::string(row.name)] = as_json(find(row.api));
  return result;
}

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json as_json(const registry::ReportedLoad& load) {
  return {{"running", or_null(load.running)},
          {"waiting", or_null(load.waiting)},
          {"slots", or_null(load.slots)},
          {"cache_use", or_null(load.cache_use)}};
}

ordered_json as_json(const registry::ProbeReport& report, const ModelReport& model) {
  ordered_json result{{"id", model.id}, {"owned_by", model.owned_by}, {"created", model.created}};
  result["context_length"] = or_null(model.context_length);
  result["loaded"] = or_null(model.loaded);
  result["apis"] = per_api([&](registry::Api api) { return capability(report, model, api); });
  return result;
}

}  // namespace

bool is_usable(const Findings& findings) { return findings.report.health == registry::Health::up; }

std::string table(const Target& target, const Findings& findings) {
  const auto& report = findings.report;
  std::string text = target.url.text() + " is " + std::string(registry::name(report.health));
  if (!report.detail.empty()) text += ": " + report.detail;
  text += "\n  server " + server(report) + "\n";
  text += load_line(report.load);
  if (report.models_listed) text += route_lines(target.url, findings) + model_lines(report);
  return text + sent_lines(findings.sent);
}

std::string json(const Target& target, const Findings& findings) {
  const auto& report = findings.report;
  ordered_json result{
      {"url", target.url.text()}, {"usable", is_usable(findings)},     {"health", registry::name(report.health)},
      {"detail", report.detail},  {"server_type", report.server_type}, {"version", report.version}};
  result["load"] = as_json(report.load);
  result["routes"] = per_api([&](registry::Api api) {
    Capability route = report.routes[api];
    route.evidence = reason(target.url, registry::row(api), findings);
    return route;
  });
  result["models"] = ordered_json::array();
  for (const auto& model : report.models) result["models"].push_back(as_json(report, model));
  result["sent"] = ordered_json::array();
  for (const auto& each : findings.sent) {
    result["sent"].push_back({{"request", each.request}, {"status", each.status}, {"answer", each.note}});
  }
  return result.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pointsman::probe
