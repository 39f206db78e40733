// Counts what a scan allocates, simdjson's library included: this executable's operator new stands in for everybody's.
// Not under ThreadSanitizer, whose runtime brings its own and would refuse to be linked.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define POINTSMAN_OPERATOR_NEW_IS_TAKEN
#endif
#endif

#ifndef POINTSMAN_OPERATOR_NEW_IS_TAKEN
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "padded_body.hpp"
#include "pointsman/payload/request_fields.hpp"

namespace {

std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> live_bytes{0};

void* allocate(std::size_t size) noexcept {
  void* memory = std::malloc(size == 0 ? 1 : size);
  if (memory) {
    ++allocations;
    live_bytes += malloc_usable_size(memory);
  }
  return memory;
}

void release(void* memory) noexcept {
  if (memory) live_bytes -= malloc_usable_size(memory);
  std::free(memory);
}

void* allocate_or_throw(std::size_t size) {
  if (void* memory = allocate(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }

namespace pointsman::payload {
namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

PaddedBody body_of(std::size_t size) {
  std::string text = R"({"model":"m","stream":true,"messages":[{"content":")";
  text.append(size - text.size() - 5, 'A');
  text += "\"}]}";
  return PaddedBody(text);
}

TEST(RequestScannerMemory, AWarmScanAllocatesNothing) {
  const PaddedBody rich(rich_body);
  const PaddedBody usual = body_of(megabyte / 16);
  const PaddedBody large = body_of(megabyte);
  RequestScanner scanner;
  std::string_view error_param;

  const std::size_t cold = allocations;
  ASSERT_TRUE(scanner.scan(rich.view(), error_param));
  EXPECT_GE(allocations - cold, 2u) << "the counter does not see simdjson's buffers";

  const std::size_t small = allocations;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(scanner.scan(rich.view(), error_param));
  ASSERT_TRUE(scanner.scan(usual.view(), error_param));
  EXPECT_EQ(allocations - small, 0u);

  ASSERT_TRUE(scanner.scan(large.view(), error_param));
  const std::size_t warm = allocations;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(scanner.scan(large.view(), error_param));
    ASSERT_TRUE(scanner.scan(rich.view(), error_param));
  }
  EXPECT_EQ(allocations - warm, 0u);
}

TEST(RequestScannerMemory, IsGivenBackAfterABigBody) {
  const PaddedBody rich(rich_body);
  const PaddedBody big = body_of(20 * megabyte);
  RequestScanner scanner;
  std::string_view error_param;
  ASSERT_TRUE(scanner.scan(rich.view(), error_param));
  const std::size_t before = live_bytes;

  const auto fields = scanner.scan(big.view(), error_param);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->model, "m");
  EXPECT_LE(live_bytes, before);
}

TEST(RequestScannerMemory, IsGivenBackAfterABigBodyThatIsRefused) {
  const PaddedBody big(std::string(20 * megabyte, '['));
  RequestScanner scanner;
  std::string_view error_param;
  const std::size_t before = live_bytes;
  ASSERT_FALSE(scanner.scan(big.view(), error_param));
  EXPECT_LE(live_bytes, before + 1024);
}

}  // namespace
}  // namespace pointsman::payload

#endif  // POINTSMAN_OPERATOR_NEW_IS_TAKEN
