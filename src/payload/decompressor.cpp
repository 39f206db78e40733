#include "pointsman/payload/decompressor.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <new>

#include "pointsman/http/head.hpp"

namespace pointsman::payload {

class Decompressor::Engine {
 public:
  virtual ~Engine() = default;
  // False: corrupt.
  virtual bool step(std::string_view in, std::span<char> out, Step& done) = 0;
  virtual bool whole() const = 0;
};

namespace {

// RFC 9659: no more than 8 MiB of window for zstd as a content coding. Brotli's own bound is 16 MiB (RFC 7932 §9.1).
constexpr int zstd_window_log = 23;
constexpr std::size_t window_of_brotli = 16 << 20;
constexpr std::size_t tables = 1 << 20;  // of each, generously

const std::uint8_t* bytes(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::uint8_t* bytes(std::span<char> room) { return reinterpret_cast<std::uint8_t*>(room.data()); }

class Inflate final : public Decompressor::Engine {
 public:
  // `window_bits` as zlib's inflateInit2() takes them.
  Inflate(int window_bits, bool several_members) : several_members_(several_members) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflate() override { inflateEnd(&stream_); }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;

  bool step(std::string_view in, std::span<char> out, Decompressor::Step& done) override {
    while (!in.empty() || !whole_) {
      if (whole_ && !(several_members_ && inflateReset(&stream_) == Z_OK)) return false;
      constexpr std::size_t most = std::numeric_limits<uInt>::max();
      const auto taken = static_cast<uInt>(std::min(in.size(), most));
      const auto room = static_cast<uInt>(std::min(out.size(), most));
      stream_.next_in = const_cast<Bytef*>(bytes(in));  // zlib reads it only
      stream_.avail_in = taken;
      stream_.next_out = bytes(out);
      stream_.avail_out = room;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return false;
      const std::size_t consumed = taken - stream_.avail_in;
      const std::size_t written = room - stream_.avail_out;
      in.remove_prefix(consumed);
      out = out.subspan(written);
      done.consumed += consumed;
      done.written += written;
      // Nothing taken of a next member leaves the last one whole.
      whole_ = result == Z_STREAM_END || (whole_ && consumed == 0);
      if (consumed == 0 && written == 0) break;
    }
    return true;
  }
  bool whole() const override { return whole_; }

 private:
  z_stream stream_{};
  bool several_members_;
  bool whole_ = false;
};

class Zstd final : public Decompressor::Engine {
 public:
  Zstd() : stream_(ZSTD_createDStream()) {
    if (!stream_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, zstd_window_log);
  }

  bool step(std::string_view in, std::span<char> out, Decompressor::Step& done) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (input.pos < input.size || !whole_) {
      if (!begins_well(in.substr(input.pos))) return false;
      const auto before = input.pos + output.pos;
      const auto hint = ZSTD_decompressStream(stream_.get(), &output, &input);
      if (ZSTD_isError(hint)) return false;
      const bool idle = input.pos + output.pos == before;
      if (!idle) whole_ = hint == 0;
      if (whole_) magic_seen_ = 0;
      if (idle || output.pos == output.size) break;
    }
    done = {input.pos, output.pos};
    return true;
  }
  bool whole() const override { return whole_; }

 private:
  // Debian's library reads the formats from before RFC 8878 as well, with decoders that nobody looks after and no bound
  // on their windows. A frame begins with its magic number, or with that of one to be skipped.
  bool begins_well(std::string_view in) {
    constexpr std::string_view frame = "\x28\xb5\x2f\xfd";
    constexpr std::string_view skipped = "\x50\x2a\x4d\x18";  // of 16: the low half of the first byte is free
    for (; magic_seen_ < frame.size() && !in.empty(); in.remove_prefix(1)) {
      const char next = in.front();
      if (magic_seen_ == 0) magic_ = next == frame.front() ? frame : skipped;
      const bool free_half = magic_seen_ == 0 && magic_ == skipped;
      if ((free_half ? next & '\xf0' : next) != magic_[magic_seen_]) return false;
      ++magic_seen_;
    }
    return true;
  }

  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  std::string_view magic_;
  std::size_t magic_seen_ = 0;
  bool whole_ = false;
};

class Brotli final : public Decompressor::Engine {
 public:
  Brotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }

  bool step(std::string_view in, std::span<char> out, Decompressor::Step& done) override {
    if (whole()) return in.empty();
    const auto* next_in = bytes(in);
    auto* next_out = bytes(out);
    std::size_t left = in.size();
    std::size_t room = out.size();
    const auto result = BrotliDecoderDecompressStream(state_.get(), &left, &next_in, &room, &next_out, nullptr);
    done = {in.size() - left, out.size() - room};
    return result != BROTLI_DECODER_RESULT_ERROR && (result != BROTLI_DECODER_RESULT_SUCCESS || left == 0);
  }
  bool whole() const override { return BrotliDecoderIsFinished(state_.get()) != BROTLI_FALSE; }

 private:
  struct Free {
    void operator()(BrotliDecoderState* state) const { BrotliDecoderDestroyInstance(state); }
  };
  std::unique_ptr<BrotliDecoderState, Free> state_;
};

std::unique_ptr<Decompressor::Engine> engine_of(Coding coding) {
  switch (coding) {
    case Coding::gzip: return std::make_unique<Inflate>(16 + MAX_WBITS, true);
    case Coding::deflate: return std::make_unique<Inflate>(MAX_WBITS, false);
    case Coding::zstd: return std::make_unique<Zstd>();
    case Coding::brotli: return std::make_unique<Brotli>();
    case Coding::message_deflate: return std::make_unique<Inflate>(-MAX_WBITS, false);
  }
  return nullptr;
}

}  // namespace

std::optional<Coding> coding_named(std::string_view name) {
  const auto is = [&](std::string_view other) { return http::equal_ignoring_case(name, other); };
  if (is("gzip") || is("x-gzip")) return Coding::gzip;
  if (is("deflate")) return Coding::deflate;
  if (is("zstd")) return Coding::zstd;
  if (is("br")) return Coding::brotli;
  return std::nullopt;
}

Decompressor::Decompressor(Coding coding) : engine_(engine_of(coding)) {}
Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Decompressor::Step Decompressor::step(std::string_view in, std::span<char> out) {
  Step done;
  if (corrupt_) return done;
  const bool stuck =
      !engine_->step(in, out, done) || (done.consumed + done.written == 0 && !in.empty() && !out.empty());
  corrupt_ = stuck;
  return done;
}

bool Decompressor::whole() const { return !corrupt_ && engine_->whole(); }

std::size_t Decompressor::memory(Coding coding) {
  switch (coding) {
    case Coding::zstd: return (std::size_t{1} << zstd_window_log) + tables;
    case Coding::brotli: return window_of_brotli + tables;
    case Coding::gzip:
    case Coding::deflate:
    case Coding::message_deflate: break;
  }
  return tables;
}

}  // namespace pointsman::payload
