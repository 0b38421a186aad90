#include "../src/icmp.h"
#include "expect.h"
#include <string.h>

static const struct token token = {.nonce = 0x0102030405060708, .slot = 77, .generation = 9};

static void an_echo_request_comes_back_as_a_reply_with_its_token(uint8_t family) {
  uint8_t bytes[128];
  const struct echo echo = {.id = 0xbeef, .sequence = 65535, .token = token, .payload = 56, .flow = -1};
  const size_t length = icmp_build_echo(family, &echo, bytes, sizeof bytes);
  EXPECT(length == 64);
  if (family == 4) EXPECT(sum16(bytes, length) == 0xffff); // RFC 1071: a right checksum sums to all ones
  bytes[0] = family == 4 ? 0 : 129;
  struct icmp_message message;
  EXPECT(icmp_parse(family, bytes, length, &message));
  EXPECT(message.kind == MESSAGE_REPLY && message.id == 0xbeef && message.sequence == 65535);
  EXPECT(message.has_token && message.token.nonce == token.nonce && message.token.slot == 77);
  EXPECT(message.token.generation == 9);
  for (size_t cut = 0; cut < length; cut += 1) {
    const bool is_read = icmp_parse(family, bytes, cut, &message);
    EXPECT(is_read == (cut >= 8));
    EXPECT(!is_read || message.has_token == (cut >= 24));
  }
}

static void a_flow_keeps_its_checksum_whatever_the_sequence_is(void) {
  for (int32_t flow = 0; flow < 65536; flow += 4369) {
    for (uint32_t sequence = 0; sequence < 300; sequence += 1) {
      uint8_t bytes[64];
      const struct echo echo = {
          .id = 1, .sequence = (uint16_t)(sequence * 997), .token = token, .payload = 20, .flow = flow};
      const size_t length = icmp_build_echo(4, &echo, bytes, sizeof bytes);
      EXPECT(sum16(bytes, length) == 0xffff);
      // 0 and 0xffff are one number in one's complement.
      EXPECT(read16(bytes + 2) % 0xffff == flow % 0xffff);
    }
  }
}

static void payloads_out_of_bounds_are_refused(void) {
  uint8_t bytes[64];
  struct echo echo = {.payload = ECHO_MIN_PAYLOAD - 1};
  EXPECT(icmp_build_echo(4, &echo, bytes, sizeof bytes) == 0);
  echo.payload = 57;
  EXPECT(icmp_build_echo(4, &echo, bytes, sizeof bytes) == 0);
}

static size_t make_error(uint8_t *out, uint8_t options, uint8_t type, uint8_t code, size_t quoted) {
  memset(out, 0, 256);
  out[0] = type;
  out[1] = code;
  write16(out + 6, 1400);
  uint8_t *ip = out + 8;
  const size_t header = 20u + options;
  ip[0] = (uint8_t)(0x40 | (header / 4));
  ip[9] = 1;
  memcpy(ip + 16, "\xcb\x00\x71\x0a", 4);
  const struct echo echo = {.id = 0xbeef, .sequence = 3, .token = token, .payload = 56, .flow = -1};
  icmp_build_echo(4, &echo, ip + header, 64);
  return 8 + header + quoted;
}

static void an_error_is_matched_by_token_or_by_its_first_eight_bytes(void) {
  uint8_t bytes[512];
  struct icmp_message message;
  size_t length = make_error(bytes, 0, 11, 0, 8);
  EXPECT(icmp_parse(4, bytes, length, &message) && message.kind == MESSAGE_ERROR);
  EXPECT(message.quote.is_echo && message.quote.id == 0xbeef && message.quote.sequence == 3);
  EXPECT(!message.quote.has_token && message.quote.destination[3] == 10);
  length = make_error(bytes, 40, 3, 4, 64);
  EXPECT(icmp_parse(4, bytes, length, &message) && message.quote.has_token);
  EXPECT(message.quote.token.slot == 77 && message.mtu == 1400);
  length = make_error(bytes, 0, 11, 0, 7);
  EXPECT(!icmp_parse(4, bytes, length, &message));
  bytes[8] = 0x44; // a header shorter than a header
  EXPECT(!icmp_parse(4, bytes, 200, &message));
}

static void errors_mean_what_the_standards_say(void) {
  EXPECT(icmp_error_meaning(4, 3, 4) == ERROR_TOO_BIG && icmp_error_meaning(6, 2, 0) == ERROR_TOO_BIG);
  EXPECT(icmp_error_meaning(4, 3, 3) == ERROR_PORT && icmp_error_meaning(6, 1, 4) == ERROR_PORT);
  EXPECT(icmp_error_meaning(4, 11, 0) == ERROR_HOP && icmp_error_meaning(6, 3, 0) == ERROR_HOP);
  EXPECT(icmp_error_meaning(4, 3, 13) == ERROR_UNREACHABLE &&
         icmp_error_meaning(6, 1, 0) == ERROR_UNREACHABLE);
  EXPECT(icmp_error_meaning(4, 5, 0) == ERROR_NONE && icmp_error_meaning(6, 135, 0) == ERROR_NONE);
}

int main(void) {
  an_echo_request_comes_back_as_a_reply_with_its_token(4);
  an_echo_request_comes_back_as_a_reply_with_its_token(6);
  a_flow_keeps_its_checksum_whatever_the_sequence_is();
  payloads_out_of_bounds_are_refused();
  an_error_is_matched_by_token_or_by_its_first_eight_bytes();
  errors_mean_what_the_standards_say();
  return failures;
}
