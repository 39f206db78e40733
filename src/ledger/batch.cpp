#include "pointsman/ledger/batch.hpp"

#include <array>
#include <type_traits>

#include "pointsman/config/kinds.hpp"

namespace pointsman::ledger {
namespace {

using observe::AccessRecord;

static_assert(std::is_trivially_copyable_v<AccessRecord>);

// What does not live as long as the program, and is kept. All else is a word of our own, or left out.
std::array<std::string_view*, 6> owned(AccessRecord& record) {
  return {&record.request_id,   &record.key,      &record.model,
          &record.served_model, &record.endpoint, &record.background_id};
}

// Not in the middle of a character.
std::string_view shortened(std::string_view name) {
  if (name.size() <= config::longest_model_name) return name;
  auto size = config::longest_model_name;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xc0) == 0x80) --size;
  return name.substr(0, size);
}

}  // namespace

void Batch::add(const AccessRecord& record) {
  AccessRecord kept = record;
  kept.endpoint_request_id = kept.failed_at = kept.fallback = kept.trace_id = {};
  kept.model = shortened(kept.model);
  kept.served_model = shortened(kept.served_model);
  bytes_.append(reinterpret_cast<const char*>(&kept), sizeof kept);
  for (const auto* text : owned(kept)) bytes_ += *text;
  ++count_;
}

// The views say how long the texts are that follow.
AccessRecord Batch::first(std::string_view& bytes) {
  AccessRecord record;
  std::memcpy(static_cast<void*>(&record), bytes.data(), sizeof record);
  bytes.remove_prefix(sizeof record);
  for (auto* text : owned(record)) {
    *text = bytes.substr(0, text->size());
    bytes.remove_prefix(text->size());
  }
  return record;
}

}  // namespace pointsman::ledger
