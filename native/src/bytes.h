// Big-endian reads and writes. The caller has checked the length.
#ifndef IST_BYTES_H
#define IST_BYTES_H
#include <stddef.h>
#include <stdint.h>

static inline uint16_t read16(const uint8_t *p) { return (uint16_t)((p[0] << 8) | p[1]); }
static inline uint32_t read32(const uint8_t *p) { return ((uint32_t)read16(p) << 16) | read16(p + 2); }
static inline uint64_t read64(const uint8_t *p) { return ((uint64_t)read32(p) << 32) | read32(p + 4); }
static inline void write16(uint8_t *p, uint16_t v) {
  p[0] = (uint8_t)(v >> 8);
  p[1] = (uint8_t)v;
}
static inline void write32(uint8_t *p, uint32_t v) {
  write16(p, (uint16_t)(v >> 16));
  write16(p + 2, (uint16_t)v);
}
static inline void write64(uint8_t *p, uint64_t v) {
  write32(p, (uint32_t)(v >> 32));
  write32(p + 4, (uint32_t)v);
}

// RFC 1071: the one's complement sum, not yet inverted. An odd last byte counts as the high half.
static inline uint16_t sum16(const uint8_t *p, size_t length) {
  uint32_t sum = 0;
  size_t i = 0;
  for (; i + 1 < length; i += 2) sum += read16(p + i);
  if (i < length) sum += (uint32_t)p[i] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}
#endif
