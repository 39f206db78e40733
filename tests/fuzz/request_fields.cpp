#include "pointsman/payload/request_fields.hpp"

#include <nlohmann/json.hpp>

#include "input.hpp"
#include "padded.hpp"

namespace pointsman::fuzz {
namespace {

using nlohmann::json;

// What another parser finds; it may refuse what we leave to the endpoint, but must not find anything else.
void compare(std::string_view body, const payload::RequestFields& fields) {
  int models = 0;
  const auto count = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::key && depth == 1 && parsed == "model") ++models;
    return true;
  };
  const auto other = json::parse(body, count, false);
  if (other.is_discarded()) return;
  require(models <= 1, "there is one model");
  require(other.is_object(), "what passes is an object");
  const auto model = other.find("model");
  require(fields.model.has_value() == (model != other.end()), "both find a model, or none");
  if (fields.model) require(model->get<std::string>() == *fields.model, "both find the same model");
  require(fields.stream == (other.contains("stream") && other["stream"] == true), "both find the same `stream`");
}

}  // namespace
}  // namespace pointsman::fuzz

// The scan of a request's body: what stands behind the body does not matter, what it finds is there, and another JSON
// parser finds the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  static payload::RequestScanner scanner;
  const auto text = fuzz::text_of(data, size);
  std::string_view error_param;
  const fuzz::Padded quoted(text, '"');
  const bool passes = scanner.scan(quoted.view(), error_param).has_value();
  const std::string first_param(error_param);

  const fuzz::Padded body(text);
  const auto fields = scanner.scan(body.view(), error_param);
  fuzz::require(fields.has_value() == passes && error_param == first_param, "the padding does not matter");
  if (!fields) {
    fuzz::require(!fields.error().message.empty(), "a refusal says why");
    return 0;
  }
  if (fields->model) {
    fuzz::require(fields->model_offset + fields->model_size <= text.size(), "the model stands in the body");
    const auto token = text.substr(fields->model_offset, fields->model_size);
    fuzz::require(token.size() >= 3 && token.front() == '"' && token.back() == '"', "the model is a whole token");
    fuzz::require(!fields->model->empty() && fields->model->size() <= payload::max_model_size, "it has a fit size");
  }
  fuzz::compare(text, *fields);
  return 0;
}
