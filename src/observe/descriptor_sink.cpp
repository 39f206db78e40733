#include "descriptor_sink.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>
#include <system_error>

namespace pointsman::observe {
namespace {

constexpr std::size_t batch_size = std::size_t{32} << 10;
constexpr int poll_milliseconds = 50;

bool is_regular_file(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

DescriptorSink::DescriptorSink(int descriptor, spdlog::details::thread_pool& queue)
    : descriptor_(descriptor), is_file_(is_regular_file(descriptor)), queue_(queue) {}

DescriptorSink::DescriptorSink(const std::string& path, spdlog::details::thread_pool& queue)
    : file_(std::in_place, path), descriptor_(-1), is_file_(true), queue_(queue) {}

void DescriptorSink::log(const spdlog::details::log_msg& line) {
  pending_.append(line.payload.data(), line.payload.size());
  pending_ += '\n';
  if (pending_.size() >= batch_size || queue_.queue_size() == 0) flush();
}

std::string DescriptorSink::trouble() const {
  const auto words = [](const char* what, int error) { return what + std::generic_category().message(error); };
  if (const int error = error_; error != 0) return words("lines are lost, because it cannot be written: ", error);
  const int error = file_ ? file_->error() : 0;
  return error == 0 ? "" : words("lines go on in the file that was there before: ", error);
}

// A pipe that poll() calls writable takes PIPE_BUF bytes without blocking; more could block for ever.
void DescriptorSink::flush() {
  // What follows half a line begins one of its own.
  if (is_torn_ && !pending_.empty()) pending_.insert(0, 1, '\n');
  std::string_view rest = pending_;
  if (file_ && !rest.empty()) descriptor_ = file_->descriptor();
  while (!rest.empty() && (is_file_ || wait_until_writable())) {
    const std::size_t piece = is_file_ ? rest.size() : std::min<std::size_t>(rest.size(), PIPE_BUF);
    const ssize_t written = ::write(descriptor_, rest.data(), piece);
    if (written >= 0) {
      error_ = 0;
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      error_ = errno;
      break;
    }
  }
  const auto written = pending_.size() - rest.size();
  if (written > 0) is_torn_ = pending_[written - 1] != '\n';
  pending_.clear();
}

bool DescriptorSink::wait_until_writable() const {
  pollfd waited{descriptor_, POLLOUT, 0};
  for (;;) {
    const bool closing = std::chrono::steady_clock::now() >= deadline_.load();
    if (::poll(&waited, 1, closing ? 0 : poll_milliseconds) > 0) return true;
    if (closing) return false;
  }
}

}  // namespace pointsman::observe
