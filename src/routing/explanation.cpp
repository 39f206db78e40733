#include "pointsman/routing/explanation.hpp"

#include <algorithm>
#include <array>

#include "pointsman/config/nearest.hpp"
#include "pointsman/routing/ejection.hpp"
#include "pointsman/routing/placement.hpp"

namespace pointsman::routing {
namespace {

using registry::Capability;
using registry::Health;
using registry::Policy;
using registry::Snapshot;
using registry::SnapshotEndpoint;
using registry::SnapshotModel;
using registry::Verdict;

constexpr std::size_t most_names = 3;
constexpr std::size_t most_difference = 4;  // in length
constexpr std::size_t most_compared = 500;
constexpr std::size_t longest_evidence = 80;  // bytes, of what was found out in words

std::string followed_by(std::string text, const std::string& detail) {
  return detail.empty() ? text : std::move(text) + ": " + detail;
}

std::string why_not_up(const SnapshotEndpoint& endpoint) {
  const std::string& detail = endpoint.learned->detail;
  switch (endpoint.health) {
    case Health::unknown: return followed_by("it has not been probed yet", detail);
    case Health::loading: return followed_by("it is loading", detail);
    case Health::auth: return followed_by("it does not let us in (auth)", detail);
    default: return followed_by("it is " + std::string(registry::name(endpoint.health)), detail);
  }
}

// What was asked and the status of its answer, or as many words; the log and `pointsman probe` have the rest.
std::string in_short(std::string_view evidence) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (auto at = evidence.find(": "); at != evidence.npos; at = evidence.find(": ", at + 1)) {
    const auto status = evidence.substr(at + 2, 4);
    const bool is_status = status.size() >= 3 && std::ranges::all_of(status.substr(0, 3), is_digit);
    if (is_status && (status.size() == 3 || status.back() == ' ')) return std::string(evidence.substr(0, at + 5));
  }
  if (evidence.size() <= longest_evidence) return std::string(evidence);
  auto end = longest_evidence;
  const auto is_inside_character = [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) == 0x80u; };
  while (end > 0 && is_inside_character(evidence[end])) --end;
  return std::string(evidence.substr(0, end)) + "...";
}

std::string source_of(const Capability& known) {
  if (known.how == registry::Provenance::configured) return "configured: the file's `apis` says so";
  return followed_by(std::string(registry::name(known.how)), in_short(known.evidence));
}

std::string faults_of(const SnapshotEndpoint& endpoint, const registry::Candidate& candidate) {
  const auto& breaker = endpoint.load->breaker;
  if (!breaker.is_closed()) {
    return "its breaker is open: " + std::to_string(breaker.faults()) + " faults in a row";
  }
  if (candidate.model >= endpoint.models.size()) return "";
  const auto& of_model = endpoint.models[candidate.model].load->breaker;
  if (of_model.is_closed()) return "";
  return "its breaker for this model is open: " + std::to_string(of_model.faults()) + " faults in a row";
}

// What the Balancer weighs, and what a person should know besides, as it is now.
struct Standing {
  explicit Standing(const SnapshotEndpoint& endpoint, const registry::Candidate& candidate)
      : endpoint(endpoint),
        name(endpoint.name),
        verdict(candidate.verdict),
        priority(endpoint.priority),
        slots(endpoint.load->slots),
        must_load(candidate.must_load),
        requests(std::uint64_t{endpoint.load->in_flight} + endpoint.load->foreign),
        weight(endpoint.weight),
        is_busy(endpoint.health == Health::busy),
        is_pressed(!endpoint.load->backpressure.is_off()),
        faults(faults_of(endpoint, candidate)) {}

  bool is_full() const { return slots != 0 && requests >= slots; }

  const SnapshotEndpoint& endpoint;
  std::string_view name;
  Verdict verdict;
  std::uint32_t priority;
  std::uint32_t slots;
  bool must_load;
  std::uint64_t requests;
  std::uint32_t weight;
  bool is_busy;
  bool is_pressed;
  std::string faults;  // why a breaker is open; empty: none is
};

std::string requests_of(const Standing& standing) {
  const std::string count = std::to_string(standing.requests) + (standing.requests == 1 ? " request" : " requests");
  return standing.weight == 1 ? count : count + " for its weight of " + std::to_string(standing.weight);
}

std::string first_byte_of(const registry::Latency& latency) {
  const std::string ms = std::to_string(latency.last().count() / 1'000) + " ms";
  if (latency.is_measured()) return "the first byte took " + ms + " lately";
  if (latency.last().count() == 0) return "it is not measured yet how long the first byte takes";
  return "it is not measured yet how long the first byte takes (it failed, which counts as " + ms + ")";
}

// What the policy makes of endpoints that nothing else tells apart.
std::string by_policy(Policy policy, const Standing& mine, const Standing* before) {
  switch (policy) {
    case Policy::round_robin: return "endpoints take turns by weight (round_robin)";
    case Policy::p2c_latency: {
      return "of two endpoints at random the one with the shorter wait is taken (p2c_latency); here " +
             first_byte_of(mine.endpoint.load->latency) + ", and there are " + requests_of(mine);
    }
    case Policy::prefix_hash:
      return "each conversation has an order of its own, and goes to the first endpoint in it that has at most 1.25 "
             "times the mean of all (prefix_hash); here are " +
             requests_of(mine);
    case Policy::least_loaded: break;
  }
  if (before == nullptr) return "";
  const auto order = mine.requests * before->weight <=> before->requests * mine.weight;
  // What was chosen before may have more by now.
  if (order < 0) return "";
  const std::string other(before->name);
  return order == 0 ? "it takes turns with " + other
                    : "it is busier than " + other + " (" + requests_of(mine) + ", " + other + " " +
                          requests_of(*before) + ")";
}

std::string why_here(Policy policy, const Standing& mine, const Standing* before, const Capability& known) {
  std::string text;
  const auto add = [&text](const std::string& reason) { text += (text.empty() ? "" : "; ") + reason; };
  if (mine.verdict == Verdict::unknown) {
    add("whether it offers the API is unknown, so it is tried last");
  } else if (before == nullptr) {
    add("it offers the API (" + source_of(known) + ")");
  }
  const bool same_verdict = before != nullptr && mine.verdict == before->verdict;
  const bool same_priority = same_verdict && mine.priority == before->priority;
  if (same_verdict && mine.priority > before->priority) {
    add("lower priority (" + std::to_string(mine.priority) + ", after " + std::to_string(before->priority) + ")");
  }
  if (!mine.faults.empty()) add(mine.faults + ", so it is passed over while enough others can serve");
  if (mine.is_pressed) add("it answered that it has too much to do, and gets fewer requests for a while");
  if (mine.is_busy) add("it says that it is busy, and is asked all the same");
  if (mine.is_full()) add("all its slots are taken (" + std::to_string(mine.slots) + ")");
  if (mine.must_load) add("it must load the model first");
  const bool same_standing =
      same_priority && mine.is_full() == before->is_full() && mine.must_load == before->must_load;
  if (before == nullptr || same_standing) {
    const auto reason = by_policy(policy, mine, before);
    if (!reason.empty()) add(reason);
  }
  return text.empty() ? "it comes after " + std::string(before->name) : text;
}

Explanation::Outcome outcome_of(Choice::Kind first_choice) {
  switch (first_choice) {
    case Choice::Kind::chosen: return Explanation::Outcome::tried;
    case Choice::Kind::none_up: return Explanation::Outcome::none_up;
    case Choice::Kind::all_full: return Explanation::Outcome::all_full;
  }
  return Explanation::Outcome::none_up;
}

std::vector<std::string> nearest_names(const Snapshot& snapshot, std::string_view model) {
  // Only what may be near, and not without bound: comparing takes the product of the lengths.
  std::vector<std::string> names;
  for (const auto& each : snapshot.models) {
    const auto [shorter, longer] = std::minmax({each.id.size(), model.size()});
    if (longer - shorter <= most_difference && names.size() < most_compared) names.push_back(each.id);
  }
  std::vector<std::string> result;
  while (result.size() < most_names) {
    const std::string found(config::nearest(model, names));
    if (found.empty()) break;
    std::erase(names, found);
    result.push_back(found);
  }
  return result;
}

class Explainer {
 public:
  Explainer(const Snapshot& snapshot, std::string_view model, registry::Api api, MonotonicTime now)
      : now_(now), snapshot_(snapshot), model_(model), api_(api), found_(snapshot.find(model)), placements_(snapshot) {}

  Explanation explain() {
    if (found_ == nullptr) {
      result_.nearest = nearest_names(snapshot_, model_);
    } else {
      follow_the_balancer();
    }
    for (std::uint32_t endpoint = 0; endpoint < snapshot_.endpoints.size(); ++endpoint) {
      if (std::find(tried_.begin(), tried_.end(), endpoint) == tried_.end()) leave_out(endpoint);
    }
    return std::move(result_);
  }

  std::vector<Part> explain(const Made& made) {
    std::vector<Part> parts;
    Standing chosen(snapshot_.endpoints[made.chosen.endpoint], made.chosen);
    if (chosen.requests > 0) --chosen.requests;  // the request itself
    parts.push_back(part_of(made.chosen.endpoint, chosen, nullptr));
    if (made.candidates.size() < found_->candidates[api_].size()) {
      parts.back().why += "; it keeps what the request goes on with";
    }
    for (const auto number : found_->endpoints) {
      if (number == made.chosen.endpoint || std::ranges::find(made.tried, number) != made.tried.end()) continue;
      const auto& endpoint = snapshot_.endpoints[number];
      const auto* offered = candidate_at(number, found_->candidates[api_]);
      const bool is_full = offered != nullptr &&
                           ((endpoint.max_concurrent != 0 && endpoint.load->in_flight >= endpoint.max_concurrent) ||
                            is_model_full(endpoint, *offered));
      if (offered == nullptr || !endpoint.is_up() || is_full) {
        auto& part = parts.emplace_back();
        part.endpoint = number;
        explain_candidate(endpoint, part);
        continue;
      }
      parts.push_back(part_of(number, Standing(endpoint, *offered), &chosen));
      if (candidate_at(number, made.candidates) == nullptr) {
        parts.back().why = "it does not keep what the request goes on with";
      }
    }
    return parts;
  }

 private:
  static const registry::Candidate* candidate_at(std::uint32_t number,
                                                 std::span<const registry::Candidate> candidates) {
    const auto found = std::ranges::find(candidates, number, &registry::Candidate::endpoint);
    return found == candidates.end() ? nullptr : &*found;
  }

  Part part_of(std::uint32_t number, const Standing& standing, const Standing* before) {
    const auto& endpoint = snapshot_.endpoints[number];
    const auto placement = placements_.find(*found_, number);
    return {Part::Kind::tried, number, std::string(placement.name),
            why_here(found_->policy, standing, before, capability_at(endpoint, placement, api_))};
  }

  void follow_the_balancer() {
    const auto& candidates = found_->candidates[api_];
    Choice choice = choose(candidates);
    result_.outcome = candidates.empty() ? Explanation::Outcome::api_missing : outcome_of(choice.kind);
    std::optional<Standing> before;
    for (; choice.kind == Choice::Kind::chosen; choice = choose(candidates)) {
      const std::uint32_t number = choice.candidate.endpoint;
      const Standing standing(snapshot_.endpoints[number], choice.candidate);
      tried_.push_back(number);
      result_.tried.push_back(part_of(number, standing, before ? &*before : nullptr));
      before.emplace(standing);
    }
  }

  // New ones each time: of those that take turns they begin with the first. It is so early that no pause is over.
  Choice choose(std::span<const registry::Candidate> candidates) const {
    Balancer balancer;
    return Ejection().choose(balancer, snapshot_, candidates, tried_, {.policy = found_->policy, .now = now_});
  }

  void leave_out(std::uint32_t number) {
    const auto& endpoint = snapshot_.endpoints[number];
    Part part;
    part.endpoint = number;
    const bool is_there = found_ != nullptr && std::find(found_->endpoints.begin(), found_->endpoints.end(), number) !=
                                                   found_->endpoints.end();
    if (is_there) {
      explain_candidate(endpoint, part);
    } else {
      explain_absence(endpoint, part);
    }
    result_.not_tried.push_back(std::move(part));
  }

  // Why an endpoint that has the model is not sent to.
  void explain_candidate(const SnapshotEndpoint& endpoint, Part& part) {
    const auto placement = placements_.find(*found_, part.endpoint);
    part.name_there = placement.name;
    const Capability known = capability_at(endpoint, placement, api_);
    if (known.verdict == Verdict::no) {
      part.kind = Part::Kind::api_missing;
      part.why = "it does not offer the API for this model (" + source_of(known) + ")";
    } else if (!endpoint.is_up()) {
      part.kind = Part::Kind::not_up;
      part.why = why_not_up(endpoint);
    } else if (known.verdict == Verdict::unknown && registry::uses_websocket(registry::row(api_))) {
      part.kind = Part::Kind::api_missing;
      part.why = "it is not known to offer the API, which WebSocket needs; if it does, say so in the file's `apis`";
    } else {
      part.kind = Part::Kind::at_max_concurrent;
      const auto full_for_model = model_limit(endpoint, part.endpoint);
      part.why =
          full_for_model
              ? "it has as many requests for this model as the model's `max_concurrent` there allows (" +
                    std::to_string(*full_for_model) + ")"
              : "it has as many requests as `max_concurrent` allows (" + std::to_string(endpoint.max_concurrent) + ")";
    }
  }

  // Its limit, if the endpoint has as many requests for this model as it may have.
  std::optional<std::uint32_t> model_limit(const SnapshotEndpoint& endpoint, std::uint32_t number) const {
    for (const auto& each : found_->candidates[api_]) {
      if (each.endpoint == number && is_model_full(endpoint, each)) return endpoint.models[each.model].max_concurrent;
    }
    return std::nullopt;
  }

  void explain_absence(const SnapshotEndpoint& endpoint, Part& part) const {
    const auto& models = endpoint.learned->models;
    const auto is_model = [this](const auto& each) { return each.id == model_; };
    if (std::any_of(models.begin(), models.end(), is_model)) {
      part.kind = Part::Kind::model_left_out;
      part.why = "it lists the model, but the file's `models` of this endpoint leaves it out";
    } else {
      part.kind = Part::Kind::model_not_listed;
      part.why = "it does not list the model";
      if (!endpoint.is_up()) part.why += ", as far as is known; " + why_not_up(endpoint);
    }
  }

  MonotonicTime now_;
  const Snapshot& snapshot_;
  std::string_view model_;
  registry::Api api_;
  const SnapshotModel* found_;
  Placements placements_;
  Tried tried_;
  Explanation result_;
};

constexpr std::array<std::string_view, 6> kind_names{"tried",       "at_max_concurrent", "not_up",
                                                     "api_missing", "model_left_out",    "model_not_listed"};

}  // namespace

std::string_view name(Part::Kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Explanation explain(const Snapshot& snapshot, std::string_view model, registry::Api api, MonotonicTime now) {
  return Explainer(snapshot, model, api, now).explain();
}

std::vector<Part> explain(const Made& made) {
  return Explainer(made.snapshot, made.model.id, made.api, MonotonicTime::min()).explain(made);
}

}  // namespace pointsman::routing
