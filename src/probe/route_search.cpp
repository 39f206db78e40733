#include "pointsman/probe/route_search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "pointsman/base/request_id.hpp"
#include "pointsman/probe/judge.hpp"
#include "pointsman/probe/openapi.hpp"
#include "pointsman/probe/websocket_search.hpp"

namespace pointsman::probe {
namespace {

using registry::Api;
using registry::ApiRow;
using registry::Base;
using registry::BodyFormat;
using registry::Capability;
using registry::PerApi;
using registry::Provenance;
using registry::Verdict;

// By GET a few routes tell whether the rest is worth asking for: nearly every server has one of the table's first.
constexpr int gets_that_tell = 4;

// The row of the route that this one's stands below; nullptr: it stands on its own.
constexpr const ApiRow* row_above(const ApiRow& row) {
  for (const auto& each : registry::api_table) {
    const bool is_longer = row.path.size() > each.path.size() && row.path[each.path.size()] == '/';
    if (each.base == row.base && is_longer && row.path.starts_with(each.path)) return &each;
  }
  return nullptr;
}

using Rows = std::array<ApiRow, registry::api_count>;

Rows unknown_first(const PerApi<Capability>& known) {
  Rows rows = registry::api_table;
  const auto place = [&](const ApiRow& row) { return std::pair(known[row.api].verdict != Verdict::unknown, row.api); };
  std::ranges::sort(rows, {}, place);
  return rows;
}

// The search for one endpoint's routes: what is wanted shrinks as it goes from the cheap ways to the dear ones.
class Search {
 public:
  Search(Conversation& conversation, PerApi<bool> wanted, const PerApi<Capability>& known)
      : conversation_(conversation), wanted_(wanted), rows_(unknown_first(known)) {}

  net::Task<> by_openapi();
  net::Task<> by_get();
  net::Task<> by_post(bool forms);
  net::Task<> by_handshake();

  const PerApi<Capability>& found() const { return found_; }

 private:
  std::string at(Base base, std::string_view path) const {
    return base == Base::root ? conversation_.own(path) : conversation_.api(path);
  }
  std::string route(const ApiRow& row) const { return at(row.base, row.path); }
  // A route that no server has, and that no cache can know. Its base is the row's: what answers there may be another.
  std::string nonsense(const ApiRow& row) const { return at(row.base, nonsense_); }

  bool is_wanted(const ApiRow& row) const {
    return wanted_[row.api] && row.method == "POST" && !conversation_.is_over();
  }
  bool wants_any() const;
  void settle(Api api, Verdict verdict, Provenance how, std::string evidence);
  bool settle_below_missing(const ApiRow& row);

  Conversation& conversation_;
  PerApi<bool> wanted_;
  const Rows rows_;
  PerApi<Capability> found_;
  const std::string nonsense_ = "/does-not-exist-" + std::string(RequestIds().next().text());
};

bool Search::wants_any() const {
  for (const auto& row : registry::api_table) {
    if (is_wanted(row)) return true;
  }
  return false;
}

void Search::settle(Api api, Verdict verdict, Provenance how, std::string evidence) {
  if (verdict == Verdict::unknown) return;
  found_[api] = {verdict, how, std::move(evidence), conversation_.now()};
  wanted_[api] = false;
}

// What is missing has nothing below it.
bool Search::settle_below_missing(const ApiRow& row) {
  const ApiRow* above = row_above(row);
  if (above == nullptr || found_[above->api].verdict != Verdict::no) return false;
  const Capability missing = found_[above->api];
  settle(row.api, missing.verdict, missing.how, missing.evidence);
  return true;
}

net::Task<> Search::by_openapi() {
  if (!wants_any()) co_return;
  Question question = get(conversation_.own("/openapi.json"));
  const Observation document = co_await conversation_.ask(std::move(question));
  const auto openapi = read_openapi(document, conversation_.url());
  if (!openapi || !openapi->offers_any) co_return;
  for (const auto& row : registry::api_table) {
    if (!is_wanted(row)) continue;
    const bool offered = openapi->offered[row.api];
    settle(row.api, offered ? Verdict::yes : Verdict::no, Provenance::openapi,
           text(document.asked) + (offered ? ": lists " : ": does not list ") + std::string(row.path));
  }
}

net::Task<> Search::by_get() {
  PerApi<std::string> missing;
  bool tells_apart = false;
  int asked = 0;
  for (const auto& row : rows_) {
    if (!is_wanted(row) || row_above(row) != nullptr) continue;
    if (asked++ == gets_that_tell && !tells_apart) co_return;
    Question nobodys = get(nonsense(row));
    const Observation baseline = co_await conversation_.ask_once(std::move(nobodys));
    Question each = get(route(row));
    const Observation seen = co_await conversation_.ask(std::move(each));
    const Verdict verdict = judge(seen, baseline);
    if (verdict == Verdict::yes) {
      tells_apart = true;
      settle(row.api, verdict, Provenance::probed, evidence(seen));
    } else if (verdict == Verdict::no) {
      missing[row.api] = evidence(seen);
    }
  }
  if (!tells_apart) co_return;
  for (const auto& row : registry::api_table) {
    if (!missing[row.api].empty()) settle(row.api, Verdict::no, Provenance::probed, missing[row.api]);
  }
}

net::Task<> Search::by_post(bool forms) {
  for (const auto& row : rows_) {
    const bool can_be_asked = forms || row.body == BodyFormat::json || row.body == BodyFormat::unread;
    if (!is_wanted(row) || !can_be_asked || settle_below_missing(row)) continue;
    Question nobodys = post(nonsense(row), std::string(malformed_json));
    const Observation baseline = co_await conversation_.ask_once(std::move(nobodys));
    Question each = post(route(row), std::string(malformed_json));
    const Observation seen = co_await conversation_.ask(std::move(each));
    settle(row.api, judge(seen, baseline), Provenance::probed, evidence(seen));
  }
}

net::Task<> Search::by_handshake() {
  const auto websockets = co_await find_websockets(conversation_, wanted_);
  for (const auto& row : registry::api_table) {
    if (websockets[row.api].verdict != Verdict::unknown) found_[row.api] = websockets[row.api];
  }
}

}  // namespace

net::Task<PerApi<Capability>> find_routes(Conversation& conversation, Means means, PerApi<bool> due,
                                          PerApi<Capability> known) {
  Search search(conversation, due, known);
  if (means.openapi) co_await search.by_openapi();
  if (means.get) co_await search.by_get();
  if (means.post) co_await search.by_post(means.forms);
  if (means.handshake) co_await search.by_handshake();
  co_return search.found();
}

}  // namespace pointsman::probe
