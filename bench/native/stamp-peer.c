/* The peer of bench/pulse.ts: sends RATE pulses a second for SECONDS to two places in turn, OURPORT and a socket of its
 * own that takes the kernel's receive stamps. A pulse is a STAMP packet (RFC 8762 figure 3) whose timestamp is written just
 * before it leaves. Prints what its own receiver saw, receive stamp less written timestamp, in nanoseconds: that is how long
 * a pulse takes from its sender's clock to the stamp, and no error of the stamp. For that it also prints the kernel's stamp
 * of each pulse to OURPORT, by sequence, as a packet socket sees it beside whoever listens there. And how late it woke for
 * its sends, and what share of a core it used. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NTP_EPOCH 2208988800ULL

static long long *errors, *stamps;
static size_t seen, most;
static uint16_t our_port;

static long long ntp_ns(const unsigned char *at) {
  uint32_t seconds, fraction;
  memcpy(&seconds, at, 4);
  memcpy(&fraction, at + 4, 4);
  return (long long)(ntohl(seconds) - NTP_EPOCH) * 1000000000LL + (long long)(ntohl(fraction) / 4.294967296 + 0.5);
}

static long long stamp_of(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec t;
    memcpy(&t, CMSG_DATA(c), sizeof t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
  }
  return 0;
}

static void *receive(void *argument) {
  int fd = *(int *)argument;
  for (;;) {
    unsigned char data[256], control[256];
    struct iovec iov = {data, sizeof data};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) < 44) return NULL;
    long long ns = stamp_of(&message);
    if (ns && seen < most) errors[seen++] = ns - ntp_ns(data + 4);
  }
}

/* Every packet that comes in, from its IPv4 header on. */
static void *watch(void *argument) {
  int fd = *(int *)argument;
  for (;;) {
    unsigned char data[256], control[256];
    struct sockaddr_ll from;
    struct iovec iov = {data, sizeof data};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1,
                             .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, 0) < 28 + 44) continue;
    uint16_t port;
    uint32_t sequence;
    memcpy(&port, data + 22, 2);
    memcpy(&sequence, data + 28, 4);
    if (from.sll_pkttype == PACKET_OUTGOING || data[9] != 17 || port != our_port) continue;
    if (ntohl(sequence) < most) stamps[ntohl(sequence)] = stamp_of(&message);
  }
}

static int by_size(const void *a, const void *b) {
  long long d = *(const long long *)a - *(const long long *)b;
  return d < 0 ? -1 : d > 0;
}

int main(int count, char **words) {
  if (count != 4) return 2;
  struct sockaddr_in to[2] = {{.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))}, {.sin_family = AF_INET}};
  double rate = atof(words[2]), seconds = atof(words[3]);
  to[0].sin_addr.s_addr = to[1].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  most = (size_t)(rate * seconds) + 16;
  errors = calloc(most, sizeof *errors);
  stamps = calloc(most, sizeof *stamps);
  our_port = to[0].sin_port;
  size_t sends = (size_t)(2 * rate * seconds);
  long long *late = calloc(sends + 1, sizeof *late);

  int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
  socklen_t length = sizeof to[1];
  setsockopt(in, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (bind(in, (struct sockaddr *)&to[1], length) || getsockname(in, (struct sockaddr *)&to[1], &length)) return 1;
  int tap = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP)), room = 1 << 24;
  setsockopt(tap, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(tap, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  if (tap < 0) return 1;
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, receive, &in);
  // A load has no use for stamps, and its cost is measured.
  if (ntohs(our_port) > 9) pthread_create(&threads[1], NULL, watch, &tap);

  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (size_t i = 0; i < sends; i++) {
    next.tv_nsec += (long)(5e8 / rate);
    while (next.tv_nsec >= 1000000000L) next.tv_nsec -= 1000000000L, next.tv_sec++;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    struct timespec woke;
    clock_gettime(CLOCK_MONOTONIC, &woke);
    late[i] = (woke.tv_sec - next.tv_sec) * 1000000000LL + woke.tv_nsec - next.tv_nsec;
    unsigned char packet[44] = {0};
    uint32_t sequence = htonl((uint32_t)(i / 2));
    memcpy(packet, &sequence, 4);
    packet[13] = 1;
    packet[15] = 1;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint32_t high = htonl((uint32_t)(t.tv_sec + NTP_EPOCH)), low = htonl((uint32_t)(t.tv_nsec * 4.294967296 + 0.5));
    memcpy(packet + 4, &high, 4);
    memcpy(packet + 8, &low, 4);
    sendto(out, packet, sizeof packet, 0, (struct sockaddr *)&to[i % 2], sizeof to[0]);
  }
  usleep(100000);
  qsort(errors, seen, sizeof *errors, by_size);
  qsort(late, sends, sizeof *late, by_size);
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  printf("{\"count\":%zu,\"p50Ns\":%lld,\"p99Ns\":%lld,\"maxNs\":%lld,\"lateP99Ns\":%lld,\"cpuShare\":%f,\"stampsNs\":[", seen,
         errors[seen / 2], errors[(size_t)(seen * 0.99)], errors[seen - 1], late[(size_t)(sends * 0.99)], cpu / seconds);
  // As text: nanoseconds since 1970 are more than a double holds.
  for (size_t i = 0; ntohs(our_port) > 9 && i < sends / 2; i++) printf("%s\"%lld\"", i ? "," : "", stamps[i]);
  printf("]}\n");
  return 0;
}
