#include "pointsman/config/credentials.hpp"

namespace pointsman::config {

Secret credentials(std::string_view field, const Secret& key) {
  if (key.empty() || field != authorization_field) return key;
  return Secret("Bearer " + key.reveal());
}

}  // namespace pointsman::config
