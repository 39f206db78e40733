#include "pointsman/probe/condition.hpp"

#include <algorithm>
#include <cctype>

namespace pointsman::probe {
namespace {

using registry::Health;

constexpr std::size_t excerpt_bytes = 120;

bool contains_word(std::string_view text, std::string_view word) {
  return !std::ranges::search(text, word, {}, [](unsigned char c) { return std::tolower(c); }).empty();
}

bool is_web_page(const Observation& models) {
  return models.header("content-type").starts_with("text/html") || contains_word(models.body.substr(0, 256), "<html");
}

std::string where(const config::Url& url) { return url.unix_path.empty() ? url.authority() : "unix:" + url.unix_path; }

std::string in_plain_text(config::Url url) {
  url.scheme = "http";
  return url.text();
}

// "GET /v1/models there is answered with 404: not found".
std::string answer(const Observation& models) {
  std::string text = "GET " + models.asked.path + " is answered with HTTP " + std::to_string(models.status);
  const std::string words = is_web_page(models) ? "a web page" : excerpt(models.body, excerpt_bytes);
  if (!words.empty()) text += ": " + words;
  return text;
}

std::string failure_in_words(const config::Url& url, const Observation& models) {
  const std::string why = models.trouble.empty() ? "" : " (" + models.trouble + ")";
  switch (models.failure) {
    case Failure::none: return "";
    case Failure::unresolved:
      return "the name " + url.host + " does not resolve" + (models.trouble.empty() ? "" : ": " + models.trouble) +
             "; correct the URL or the name service";
    case Failure::refused:
      return "nothing listens at " + where(url) + why + "; start the server there or correct the URL";
    case Failure::unreachable:
      return "there is no way to " + where(url) + why + "; correct the URL, the network or the socket's permissions";
    case Failure::timed_out:
      return "no answer from " + where(url) + " in time" + why +
             "; it is overloaded, hangs, or a firewall is in the way";
    case Failure::no_tls:
      return "no word of TLS from " + where(url) + " in time" + why + "; perhaps it does not speak TLS: try " +
             in_plain_text(url) + "; or it is overloaded, or hangs";
    case Failure::certificate:
      return "the certificate of " + where(url) + " is not to be trusted" + why +
             "; name the file of the authority that signed it as `tls: {ca: …}` of the endpoint (`--ca FILE` of "
             "`pointsman "
             "probe`), or correct the URL";
    case Failure::wrong_name:
      return "the certificate of " + where(url) + " is for another name" + why +
             "; write one of its names in the URL, or as `tls: {server_name: …}` of the endpoint (`--server-name "
             "NAME` of `pointsman probe`)";
    case Failure::tls:
      return "TLS with " + where(url) + " fails" + why +
             "; if the server speaks plain HTTP, write http:// in the URL; if it wants a certificate, name ours as "
             "`tls: {certificate: …, key: …}` of the endpoint";
    case Failure::broken: return where(url) + " ended the connection before its answer was complete" + why;
    case Failure::not_http:
      return "what answers at " + where(url) + " does not speak HTTP/1" + why +
             "; correct the port, or write https:// in the URL if the server speaks TLS";
    case Failure::too_large:
      return where(url) + " answers GET " + models.asked.path + " with too much" + why + "; this is no list of models";
    case Failure::stopped: return "the probe was stopped";
  }
  return "";
}

std::string about_keys(bool has_key, const Observation& models) {
  if (models.status == 403 && models.body.empty()) {
    return "it answers HTTP 403 without a word: an Ollama bound to loopback refuses other hosts' names like this "
           "(OLLAMA_HOST=0.0.0.0 lets them in)";
  }
  const std::string said = excerpt(models.body, excerpt_bytes);
  const std::string quoted = said.empty() ? "" : ": " + said;
  const std::string status = " (HTTP " + std::to_string(models.status) + quoted + ")";
  return has_key ? "it refuses the key that is configured as api_key" + status
                 : "it wants a key" + status + "; write it as api_key";
}

}  // namespace

Condition condition_without_models(const config::Url& url, bool has_key, const Observation& models) {
  if (models.failure == Failure::stopped) return {Health::unknown, failure_in_words(url, models)};
  if (!models.answered()) return {Health::down, failure_in_words(url, models)};

  const int status = models.status;
  // Gemini takes a wrong key for a bad request.
  const bool is_bad_key = status == 400 && contains_word(models.body, "api key");
  if (status == 401 || status == 403 || is_bad_key) return {Health::auth, about_keys(has_key, models)};
  if (status == 400 && contains_word(models.body, "https port")) {
    return {Health::down, where(url) + " speaks TLS; write https:// in the URL"};
  }
  if (status >= 300 && status < 400) {
    return {Health::down, answer(models) + ", a redirect to \"" + excerpt(models.header("location"), excerpt_bytes) +
                              "\", which is not followed; write the URL that it leads to"};
  }
  if (status == 429) return {Health::busy, "it has too much to do: " + answer(models)};
  if (status == 503 && !is_web_page(models)) {
    if (contains_word(models.body, "loading")) return {Health::loading, "it is loading its model: " + answer(models)};
    return {Health::busy, "it has too much to do: " + answer(models)};
  }
  if (status >= 500) return {Health::down, "it fails, or a proxy before it cannot reach it: " + answer(models)};
  return {Health::down,
          "no OpenAI-compatible server at " + url.base_path + ": " + answer(models) + ", which is no list of models"};
}

void note(const Condition& condition, registry::ProbeReport& report) {
  report.health = condition.health;
  report.detail = condition.detail;
}

std::string misplaced(const config::Url& url, int status, std::string_view type, std::string_view better) {
  const bool vowel = !type.empty() && std::string_view("AEIOUaeiou").find(type.front()) != std::string_view::npos;
  const std::string what =
      type.empty() ? "this answers" : "this answers like " + std::string(vowel ? "an " : "a ") + std::string(type);
  std::string text =
      what + ", but at the path " + url.base_path + " there is no list of models (HTTP " + std::to_string(status) + ")";
  config::Url right = url;
  right.base_path = better;
  if (!better.empty() && better != url.base_path) text += "; try " + right.text();
  return text;
}

}  // namespace pointsman::probe
