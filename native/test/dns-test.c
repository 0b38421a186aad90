#include "../src/dns.h"
#include "expect.h"
#include <string.h>

static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07"
                               "example\x03"
                               "com\x00\x00\x01\x00\x01";
enum { QUERY_BYTES = sizeof query - 1 };

static size_t reply_to(uint8_t *out, uint8_t rcode) {
  memcpy(out, query, QUERY_BYTES);
  out[2] = 0x81;
  out[3] = (uint8_t)(0x80 | rcode);
  return QUERY_BYTES;
}

static void a_reply_to_our_question_is_an_answer_in_any_case_of_letters(void) {
  uint8_t bytes[64];
  const size_t length = reply_to(bytes, 2);
  bytes[13] = 'W';
  struct dns_reply reply;
  EXPECT(dns_parse_reply(bytes, length, &reply) && reply.id == 0x1234 && reply.rcode == 2);
  EXPECT(dns_is_answer(query, QUERY_BYTES, bytes, length));
}

static void another_name_id_or_direction_is_not(void) {
  uint8_t bytes[64];
  size_t length = reply_to(bytes, 0);
  bytes[14] = 'x';
  EXPECT(!dns_is_answer(query, QUERY_BYTES, bytes, length));
  length = reply_to(bytes, 0);
  bytes[0] = 0x13;
  EXPECT(!dns_is_answer(query, QUERY_BYTES, bytes, length));
  struct dns_reply reply;
  EXPECT(!dns_parse_reply(query, QUERY_BYTES, &reply));
  EXPECT(!dns_is_answer(query, QUERY_BYTES, query, QUERY_BYTES));
}

static void an_error_may_leave_the_question_out_but_success_may_not(void) {
  uint8_t bytes[64];
  reply_to(bytes, 1);
  write16(bytes + 4, 0);
  EXPECT(dns_is_answer(query, QUERY_BYTES, bytes, DNS_HEADER_BYTES));
  bytes[3] = 0x80;
  EXPECT(!dns_is_answer(query, QUERY_BYTES, bytes, DNS_HEADER_BYTES));
}

static void a_cut_reply_is_never_an_answer(void) {
  uint8_t bytes[64];
  const size_t length = reply_to(bytes, 0);
  for (size_t cut = 0; cut < length; cut += 1) EXPECT(!dns_is_answer(query, QUERY_BYTES, bytes, cut));
}

int main(void) {
  a_reply_to_our_question_is_an_answer_in_any_case_of_letters();
  another_name_id_or_direction_is_not();
  an_error_may_leave_the_question_out_but_success_may_not();
  a_cut_reply_is_never_an_answer();
  return failures;
}
