#include "pointsman/net/accept_failures.hpp"

#include <boost/system/errc.hpp>
#include <utility>

namespace pointsman::net {
namespace {

std::string_view advice(const error_code& error) {
  namespace errors = boost::system::errc;
  if (error == errors::too_many_files_open) {
    return "; raise the limit of files that this process may open (LimitNOFILE=, ulimit -n) to more than twice "
           "`limits.connections`, or lower that";
  }
  if (error == errors::too_many_files_open_in_system) {
    return "; the whole machine has no more: raise fs.file-max, or end what opens so many";
  }
  if (error == errors::no_buffer_space || error == errors::not_enough_memory) {
    return "; the machine has no memory left for it: lower `limits.connections`, or end what takes the memory";
  }
  return "";
}

}  // namespace

bool AcceptFailures::failed(MonotonicTime now) {
  if (!under_way_) before_ = count();
  ++count_;
  last_ = now;
  return !std::exchange(under_way_, true);
}

std::uint64_t AcceptFailures::over(MonotonicTime now) {
  if (!under_way_ || now - last_ < calm) return 0;
  under_way_ = false;
  return count() - before_;
}

std::string accept_failure_in_words(const error_code& error) { return error.message() + std::string(advice(error)); }

}  // namespace pointsman::net
