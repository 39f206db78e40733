#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace pointsman::net {

// Bytes that came and are still needed: one block that grows at its end. Growing moves the bytes, so views into it hold
// only while nothing is appended. Unlike std::string it hands out its free room without clearing it first, and always
// keeps `padding` readable bytes behind the content, which simdjson wants.
class Buffer {
 public:
  static constexpr std::size_t padding = 64;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() { std::free(data_); }

  char* data() { return data_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {data_, size_}; }

  char* free_begin() { return data_ + size_; }
  std::size_t free_size() const { return capacity_ - size_; }
  void commit(std::size_t bytes) { size_ += bytes; }
  void truncate(std::size_t size) { size_ = size; }

  // Room for `capacity` bytes in all, padding not counted.
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    void* grown = std::realloc(data_, capacity + padding);
    if (grown == nullptr) throw std::bad_alloc();
    data_ = static_cast<char*>(grown);
    std::memset(data_ + capacity, 0, padding);
    capacity_ = capacity;
  }

  void append(std::string_view bytes) {
    if (bytes.size() > free_size()) reserve(grown_capacity(size_ + bytes.size()));
    if (!bytes.empty()) std::memcpy(free_begin(), bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  // Removes bytes from the front.
  void consume(std::size_t bytes) {
    if (bytes < size_) std::memmove(data_, data_ + bytes, size_ - bytes);
    size_ -= bytes;
  }

  void clear() { size_ = 0; }

  // Gives the memory back.
  void release() {
    std::free(std::exchange(data_, nullptr));
    size_ = capacity_ = 0;
  }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  std::size_t grown_capacity(std::size_t needed) const { return needed > 2 * capacity_ ? needed : 2 * capacity_; }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace pointsman::net
