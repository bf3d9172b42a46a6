/* The contender librabbitmq: does what words of the form key=value ask for, and
 * prints the result in such words. Package bench tells what they mean. Without
 * arguments it prints the library's version. */

#define _GNU_SOURCE
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

static const char tag[] = "bench", key[] = "bench";
static const amqp_channel_t first = 1;

/* What is to be done. */
static struct {
  const char *address, *queue, *flow, *ack, *properties;
  int messages, body, channels, window, prefetch, rate;
} task;

static amqp_connection_state_t conn;
static amqp_basic_properties_t properties;
static amqp_bytes_t body;

/* Nanoseconds that each message took, and when the first one was due. */
static int64_t *taken, begun;
static int arrived;

static void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  exit(1);
}

static void check(int status, const char *what) {
  if (status < 0) die("%s: %s", what, amqp_error_string2(status));
}

static void check_reply(amqp_rpc_reply_t r, const char *what) {
  if (r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) check(r.library_error, what);
  if (r.reply_type != AMQP_RESPONSE_NORMAL) die("%s: refused", what);
}

static void check_rpc(const char *what) { check_reply(amqp_get_rpc_reply(conn), what); }

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

/* --- the task --- */

static const char *word(char **argv, const char *name) {
  size_t n = strlen(name);
  for (; *argv; argv++)
    if (strncmp(*argv, name, n) == 0 && (*argv)[n] == '=') return *argv + n + 1;
  return "";
}

static int number(char **argv, const char *name) { return atoi(word(argv, name)); }

static void parse(char **argv) {
  task.address = word(argv, "address");
  task.queue = word(argv, "queue");
  task.flow = word(argv, "flow");
  task.ack = word(argv, "ack");
  task.properties = word(argv, "properties");
  task.messages = number(argv, "messages");
  task.body = number(argv, "body");
  task.channels = number(argv, "channels");
  task.window = number(argv, "window");
  task.prefetch = number(argv, "prefetch");
  task.rate = number(argv, "rate");
}

static amqp_table_entry_t text_header(const char *name, const char *value) {
  amqp_table_entry_t e = {.key = amqp_cstring_bytes(name), .value.kind = AMQP_FIELD_KIND_UTF8};
  e.value.value.bytes = amqp_cstring_bytes(value);
  return e;
}

static amqp_table_entry_t number_header(const char *name, int32_t value) {
  amqp_table_entry_t e = {.key = amqp_cstring_bytes(name), .value.kind = AMQP_FIELD_KIND_I32};
  e.value.value.i32 = value;
  return e;
}

static void set_base_properties(void) {
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.content_type = amqp_cstring_bytes("text/plain");
  properties.delivery_mode = 1;
}

static void set_full_properties(void) {
  static amqp_table_entry_t headers[5];
  headers[0] = number_header("attempt", 3);
  headers[1] = text_header("region", "north");
  headers[2] = number_header("shard", 17);
  headers[3] = text_header("source", "sensor-4711");
  headers[4] = text_header("trace", "4bf92f3577b34da6a3ce929d0e0e4736");
  set_base_properties();
  properties._flags |= AMQP_BASIC_CONTENT_ENCODING_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_PRIORITY_FLAG |
                       AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_REPLY_TO_FLAG | AMQP_BASIC_EXPIRATION_FLAG |
                       AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG |
                       AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_APP_ID_FLAG;
  properties.content_encoding = amqp_cstring_bytes("utf-8");
  properties.headers = (amqp_table_t){5, headers};
  properties.priority = 5;
  properties.correlation_id = amqp_cstring_bytes("0123456789abcdef");
  properties.reply_to = amqp_cstring_bytes("replies");
  properties.expiration = amqp_cstring_bytes("60000");
  properties.message_id = amqp_cstring_bytes("fedcba9876543210");
  properties.timestamp = 1700000000;
  properties.type = amqp_cstring_bytes("reading");
  properties.user_id = amqp_cstring_bytes("guest");
  properties.app_id = amqp_cstring_bytes("bench");
}

static void prepare_message(void) {
  if (is(task.properties, "base")) set_base_properties();
  if (is(task.properties, "full")) set_full_properties();
  body.len = task.body;
  body.bytes = calloc(1, task.body + 1);
  taken = calloc(task.messages, sizeof *taken);
  if (!body.bytes || !taken) die("no memory");
}

/* --- connection --- */

static void dial(void) {
  char host[64];
  int port;
  if (sscanf(task.address, "%63[^:]:%d", host, &port) != 2) die("address %s", task.address);
  conn = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(conn);
  if (!socket) die("no socket");
  check(amqp_socket_open(socket, host, port), "open");
  check_reply(amqp_login(conn, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
  for (int i = 0; i < task.channels; i++) {
    amqp_channel_open(conn, first + i);
    check_rpc("channel.open");
  }
}

static void hang_up(void) { check_reply(amqp_connection_close(conn, AMQP_REPLY_SUCCESS), "connection.close"); }

static void publish(amqp_channel_t channel) {
  check(amqp_basic_publish(conn, channel, amqp_empty_bytes, amqp_cstring_bytes(key), 0, 0, &properties, body),
        "basic.publish");
}

static void start_consumer(int no_ack) {
  if (!no_ack && task.prefetch > 0) {
    amqp_basic_qos(conn, first, 0, task.prefetch, 0);
    check_rpc("basic.qos");
  }
  amqp_basic_consume(conn, first, amqp_cstring_bytes(task.queue), amqp_cstring_bytes(tag), 0, no_ack, 0,
                     amqp_empty_table);
  check_rpc("basic.consume");
}

/* Takes the next delivery; 0 if none comes in time. */
static uint64_t take_delivery(const struct timeval *timeout) {
  amqp_envelope_t e;
  amqp_maybe_release_buffers(conn);
  amqp_rpc_reply_t r = amqp_consume_message(conn, &e, timeout, 0);
  if (r.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && r.library_error == AMQP_STATUS_TIMEOUT) return 0;
  check_reply(r, "consume");
  uint64_t delivery = e.delivery_tag;
  amqp_destroy_envelope(&e);
  return delivery;
}

static void acknowledge(uint64_t delivery, int multiple) {
  check(amqp_basic_ack(conn, first, delivery, multiple), "basic.ack");
}

/* Takes the next confirm and returns up to which message that stands; 0 if none comes in time. */
static uint64_t take_confirm(const struct timeval *timeout) {
  amqp_frame_t f;
  amqp_maybe_release_buffers(conn);
  int status = amqp_simple_wait_frame_noblock(conn, &f, timeout);
  if (status == AMQP_STATUS_TIMEOUT) return 0;
  check(status, "confirm");
  if (f.frame_type != AMQP_FRAME_METHOD || f.payload.method.id != AMQP_BASIC_ACK_METHOD) die("not a confirm");
  return ((amqp_basic_ack_t *)f.payload.method.decoded)->delivery_tag;
}

static void select_confirms(void) {
  amqp_confirm_select(conn, first);
  check_rpc("confirm.select");
}

/* --- throughput --- */

static void publish_all(void) {
  for (int i = 0; i < task.messages; i++) publish(first + i % task.channels);
}

static void confirm_all(void) {
  uint64_t confirmed = 0;
  select_confirms();
  for (int i = 0; i < task.messages; i++) {
    while (i - (int64_t)confirmed >= task.window) confirmed = take_confirm(NULL);
    publish(first);
  }
  while (confirmed < (uint64_t)task.messages) confirmed = take_confirm(NULL);
}

static void consume_all(void) {
  int no_ack = is(task.ack, "none"), multiple = is(task.ack, "batch");
  uint64_t batch = multiple && task.prefetch > 1 ? task.prefetch / 2 : 1;
  start_consumer(no_ack);
  for (uint64_t i = 1; i <= (uint64_t)task.messages; i++) {
    uint64_t delivery = take_delivery(NULL);
    if (delivery != i) die("delivery %lu has the tag %lu", i, delivery);
    if (!no_ack && (i % batch == 0 || i == (uint64_t)task.messages)) acknowledge(i, multiple);
  }
}

/* --- latency --- */

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int64_t due(int message) { return begun + message * 1000000000LL / task.rate; }

static void one_by_one(void) {
  int confirms = is(task.flow, "confirm-latency");
  for (; arrived < task.messages; arrived++) {
    int64_t sent = now();
    publish(first);
    uint64_t which = confirms ? take_confirm(NULL) : take_delivery(NULL);
    taken[arrived] = now() - sent;
    if (!confirms) acknowledge(which, 0);
  }
}

/* Notes all that has come in; a confirm may stand for many messages. */
static void take_all(void) {
  static const struct timeval at_once = {0, 0};
  int confirms = is(task.flow, "confirm-latency");
  for (;;) {
    uint64_t which = confirms ? take_confirm(&at_once) : take_delivery(&at_once);
    if (which == 0) return;
    while (arrived < (int)which) taken[arrived] = now() - due(arrived), arrived++;
    if (!confirms) acknowledge(which, 0);
  }
}

/* Waits until a message is due or something comes in. */
static void sleep_until(int64_t at) {
  struct pollfd input = {.fd = amqp_get_sockfd(conn), .events = POLLIN};
  int64_t left = at - now();
  if (left < 0) left = 0;
  struct timespec span = {left / 1000000000, left % 1000000000};
  ppoll(&input, 1, &span, NULL);
}

static void at_rate(void) {
  const int64_t long_time = 1000000000;
  int sent = 0;
  prctl(PR_SET_TIMERSLACK, 1); /* as exact as the kernel can */
  begun = now();
  for (;;) {
    if (sent < task.messages && due(sent) <= now()) {
      publish(first);
      sent++;
    }
    take_all();
    if (arrived == task.messages) return;
    sleep_until(sent < task.messages ? due(sent) : now() + long_time);
  }
}

static void measure_latency(void) {
  if (is(task.flow, "confirm-latency"))
    select_confirms();
  else
    start_consumer(0);
  if (task.rate > 0)
    at_rate();
  else
    one_by_one();
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* What so many thousandths do not exceed. */
static int64_t quantile(int thousandths) {
  int rank = (arrived * (int64_t)thousandths + 999) / 1000;
  return taken[rank > 0 ? rank - 1 : 0];
}

static void print_latencies(void) {
  if (arrived == 0) return;
  qsort(taken, arrived, sizeof *taken, compare);
  printf(" p50_ns=%ld p99_ns=%ld p999_ns=%ld max_ns=%ld", quantile(500), quantile(990), quantile(999),
         taken[arrived - 1]);
}

/* --- cost --- */

static int64_t cpu(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

/* The most memory that this program has held. ru_maxrss would include its parent's. */
static int peak_kib(void) {
  char line[256];
  int kib = 0;
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if (sscanf(line, "VmHWM: %d", &kib) == 1) break;
  if (status) fclose(status);
  return kib;
}

static void work(void) {
  if (is(task.flow, "publish"))
    publish_all();
  else if (is(task.flow, "confirm"))
    confirm_all();
  else if (is(task.flow, "consume"))
    consume_all();
  else
    measure_latency();
}

int main(int argc, char **argv) {
  if (argc == 1) {
    puts(amqp_version());
    return 0;
  }
  parse(argv + 1);
  prepare_message();
  dial();
  int64_t wall_before = now(), cpu_before = cpu();
  work();
  hang_up();
  int64_t wall = now() - wall_before, used = cpu() - cpu_before;
  printf("messages=%d wall_ns=%ld cpu_ns=%ld rss_kib=%d", task.messages, wall, used, peak_kib());
  print_latencies();
  putchar('\n');
  return 0;
}
