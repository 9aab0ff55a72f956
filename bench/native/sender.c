/* The kernel's limit, for bench/routes.ts: sends COUNT routes with their own SRv6 encapsulation in batches of 8 kB, one
 * acknowledgement a batch, and repeats what ENOMEM refused. Prints the milliseconds it took. Messages are made before the
 * clock starts, so that only the kernel's work is timed. */
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 8192

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static char *attribute(char *at, int type, const void *value, int size) {
  struct rtattr *a = (struct rtattr *)at;
  a->rta_type = type;
  a->rta_len = RTA_LENGTH(size);
  memcpy(RTA_DATA(a), value, size);
  return at + RTA_ALIGN(a->rta_len);
}

/* One route fd00:0:INDEX::/64 with encapsulation fd00::1, fd00::2 on device 1 (lo). */
static int route(char *buffer, unsigned index) {
  memset(buffer, 0, 160);
  struct nlmsghdr *head = (struct nlmsghdr *)buffer;
  struct rtmsg *body = NLMSG_DATA(head);
  head->nlmsg_type = RTM_NEWROUTE;
  head->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
  head->nlmsg_seq = index + 1;
  body->rtm_family = AF_INET6;
  body->rtm_dst_len = 64;
  body->rtm_table = RT_TABLE_MAIN;
  body->rtm_protocol = 196;
  body->rtm_type = RTN_UNICAST;
  unsigned char to[16] = {0xfd, 0, 0, 0, index >> 24, index >> 16, index >> 8, index};
  char *at = attribute((char *)(body + 1), RTA_DST, to, 16);
  unsigned char encap[4 + 4 + 8 + 32] = {4 + 4 + 8 + 32, 0, 1, 0, 1, 0, 0, 0, 0, 4, 4, 1, 1, 0, 0, 0, 0xfd};
  encap[31] = 2;
  encap[32] = 0xfd;
  encap[47] = 1;
  at = attribute(at, RTA_ENCAP | NLA_F_NESTED, encap, sizeof encap);
  unsigned short seg6 = 5;
  at = attribute(at, RTA_ENCAP_TYPE, &seg6, 2);
  unsigned device = 1;
  at = attribute(at, RTA_OIF, &device, 4);
  head->nlmsg_len = at - buffer;
  return NLMSG_ALIGN(head->nlmsg_len);
}

int main(int argc, char **argv) {
  unsigned count = argc > 1 ? atoi(argv[1]) : 0;
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  int room = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  unsigned *open = malloc(count * sizeof *open), *again = malloc(count * sizeof *again);
  char *all = malloc((size_t)count * 160), *reply = malloc(1 << 16);
  int size = 0;
  for (unsigned i = 0; i < count; i++) {
    size = route(all + (size_t)i * 160, i);
    open[i] = i;
  }
  char batch[BATCH + 256];
  unsigned left = count;
  double started = now_ms();
  while (left) {
    unsigned refused = 0;
    for (unsigned i = 0; i < left;) {
      int length = 0;
      struct nlmsghdr *last = 0;
      for (; i < left && length < BATCH; i++, length += size) {
        last = memcpy(batch + length, all + (size_t)open[i] * 160, size);
      }
      last->nlmsg_flags |= NLM_F_ACK;
      if (send(fd, batch, length, 0) < 0) return perror("send"), 1;
      for (int acked = 0; !acked;) {
        int got = recv(fd, reply, 1 << 16, 0);
        if (got < 0) return perror("recv"), 1;
        for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
          struct nlmsgerr *error = NLMSG_DATA(h);
          if (error->error == -ENOMEM) again[refused++] = h->nlmsg_seq - 1;
          else if (error->error) return fprintf(stderr, "%s\n", strerror(-error->error)), 1;
          if (h->nlmsg_seq == last->nlmsg_seq) acked = 1;
        }
      }
    }
    if (refused) usleep(20000);
    memcpy(open, again, refused * sizeof *open);
    left = refused;
  }
  printf("%.3f\n", now_ms() - started);
  return 0;
}
