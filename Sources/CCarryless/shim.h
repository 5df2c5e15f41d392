#ifndef TARN_CCARRYLESS_SHIM_H
#define TARN_CCARRYLESS_SHIM_H

// Carry-less multiplication, which Swift has no function for: what folds long inputs of a CRC to 16 bytes.
// Source: V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009).

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

static inline int tarn_has_carryless(void) { return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"); }

__attribute__((target("pclmul,sse4.1"), always_inline)) static inline __m128i tarn_move(__m128i sum, __m128i by) {
    return _mm_xor_si128(_mm_clmulepi64_si128(sum, by, 0x00), _mm_clmulepi64_si128(sum, by, 0x11));
}

__attribute__((target("pclmul,sse4.1"), always_inline)) static inline __m128i tarn_load(const uint8_t *bytes) {
    return _mm_loadu_si128((const __m128i *)bytes);
}

// Folds `count` bytes, at least 64 and a multiple of 16, behind `crc` to the 16 bytes of `folded`, which have the same check
// value behind 0. `by` moves a sum along: by[0] and by[1] past 64 bytes, by[2] and by[3] past 16.
__attribute__((target("pclmul,sse4.1"))) static inline void tarn_fold(
    const uint8_t *bytes, size_t count, uint64_t crc, const uint64_t by[4], uint64_t folded[2]) {
    const __m128i far = _mm_set_epi64x((long long)by[1], (long long)by[0]);
    const __m128i near = _mm_set_epi64x((long long)by[3], (long long)by[2]);
    const uint8_t *end = bytes + count;
    __m128i a = _mm_xor_si128(tarn_load(bytes), _mm_set_epi64x(0, (long long)crc));
    __m128i b = tarn_load(bytes + 16), c = tarn_load(bytes + 32), d = tarn_load(bytes + 48);
    for (bytes += 64; end - bytes >= 64; bytes += 64) {
        a = _mm_xor_si128(tarn_move(a, far), tarn_load(bytes));
        b = _mm_xor_si128(tarn_move(b, far), tarn_load(bytes + 16));
        c = _mm_xor_si128(tarn_move(c, far), tarn_load(bytes + 32));
        d = _mm_xor_si128(tarn_move(d, far), tarn_load(bytes + 48));
    }
    b = _mm_xor_si128(tarn_move(a, near), b);
    c = _mm_xor_si128(tarn_move(b, near), c);
    d = _mm_xor_si128(tarn_move(c, near), d);
    for (; end - bytes >= 16; bytes += 16) d = _mm_xor_si128(tarn_move(d, near), tarn_load(bytes));
    folded[0] = (uint64_t)_mm_cvtsi128_si64(d);
    folded[1] = (uint64_t)_mm_extract_epi64(d, 1);
}
#else
static inline int tarn_has_carryless(void) { return 0; }

static inline void tarn_fold(const uint8_t *bytes, size_t count, uint64_t crc, const uint64_t by[4], uint64_t folded[2]) {
    (void)bytes, (void)count, (void)crc, (void)by, (void)folded;
    __builtin_trap();
}
#endif

#endif
