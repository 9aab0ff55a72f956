# The other side of interop.test.ts, with scapy's own reading and writing of STAMP packets where it has them (the open
# mode), and with Python's struct and hmac where it has not (the authenticated mode). Modes:
#   reflect            answers open packets            reflect-signed KEY   answers signed ones
#   send PORT COUNT    sends open packets, prints what scapy reads in the answers as JSON
#   send-signed PORT COUNT KEY    sends signed ones, prints what stands in the answers, and whether they are genuine
# A reflector prints its port first. It ends with its input.
import hashlib
import hmac
import json
import os
import socket
import struct
import sys
import threading
import time

from scapy.contrib.stamp import (
    STAMPSessionReflectorTestUnauthenticated as Reply,
    STAMPSessionSenderTestUnauthenticated as Request,
)

NTP_EPOCH = 2208988800


def ntp(seconds):
    whole = int(seconds)
    return struct.pack("!II", (whole + NTP_EPOCH) & 0xFFFFFFFF, int((seconds - whole) * 2**32))


def answer_open(data, received):
    # scapy 2.5 fails on any extension: it answers with the base packet, as many TWAMP-Light devices do.
    request = Request(data[:44])
    return bytes(
        Reply(
            seq=request.seq,
            ts=time.time() + NTP_EPOCH,
            ssid=request.ssid,
            ts_rx=received + NTP_EPOCH,
            seq_sender=request.seq,
            ts_sender=request.ts,
            err_estimate_sender=request.err_estimate,
            ttl_sender=255,
        )
    )


def answer_signed(key):
    def sign(data):
        return hmac.new(key, data[:96], hashlib.sha256).digest()[:16]

    count = 0

    def answer(data, received):
        nonlocal count
        # RFC 8762 figures 4 and 6, with the SSID of RFC 8972.
        sequence, stamp, error, ssid = struct.unpack_from("!I12x8s2s2s", data)
        if len(data) < 112 or not hmac.compare_digest(sign(data), data[96:112]):
            return None
        reply = struct.pack("!I12x8s2s2s4x8s8x", count, ntp(time.time()), b"\x00\x01", ssid, ntp(received))
        reply += struct.pack("!I12x8s2s6xB15x", sequence, stamp, error, 255)
        count += 1
        return reply + sign(reply)

    return answer


def reflect(answer):
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.bind(("127.0.0.1", 0))
    print(endpoint.getsockname()[1], flush=True)

    def end_with_input():
        sys.stdin.read()
        os._exit(0)

    threading.Thread(target=end_with_input, daemon=True).start()
    while True:
        data, sender = endpoint.recvfrom(9000)
        reply = answer(data, time.time())
        if reply is not None:
            endpoint.sendto(reply, sender)


def send(port, count):
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.settimeout(5)
    answers = []
    for sequence in range(count):
        sent = time.time()
        request = Request(seq=sequence, ts=sent + NTP_EPOCH, ssid=4660)
        endpoint.sendto(bytes(request), ("127.0.0.1", port))
        data = endpoint.recv(9000)
        reply = Reply(data)
        answers.append(
            {
                "octets": len(data),
                "seq": reply.seq,
                "seqSender": reply.seq_sender,
                "ssid": reply.ssid,
                "ttlSender": reply.ttl_sender,
                # scapy holds times as floats, which keep some hundred nanoseconds.
                "echoMs": abs(float(reply.ts_sender) - float(request.ts)) * 1e3,
                "outMs": (float(reply.ts_rx) - NTP_EPOCH - sent) * 1e3,
                "stayMs": (float(reply.ts) - float(reply.ts_rx)) * 1e3,
            }
        )
    print(json.dumps(answers))


def send_signed(port, count, key):
    endpoint = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    endpoint.settimeout(5)
    answers = []
    for sequence in range(count):
        # RFC 8762 figure 4, with the SSID of RFC 8972; every second one is signed with another key, and is not answered.
        stamp = ntp(time.time())
        packet = struct.pack("!I12x8s2sH68x", sequence, stamp, b"\x00\x01", 4660)
        for one in (bytes(32), key):
            endpoint.sendto(packet + hmac.new(one, packet, hashlib.sha256).digest()[:16], ("127.0.0.1", port))
        data = endpoint.recv(9000)
        seq, ssid, received, seq_sender, echo, ttl = struct.unpack_from("!I22xH4x8s8xI12x8s8xB", data)
        answers.append(
            {
                "octets": len(data),
                "seq": seq,
                "seqSender": seq_sender,
                "ssid": ssid,
                "ttlSender": ttl,
                "echoes": echo == stamp,
                "outMs": (struct.unpack("!II", received)[0] - struct.unpack("!II", stamp)[0]) * 1e3,
                "genuine": hmac.new(key, data[:96], hashlib.sha256).digest()[:16] == data[96:112],
            }
        )
    print(json.dumps(answers))


mode, *words = sys.argv[1:]
if mode == "send":
    send(int(words[0]), int(words[1]))
elif mode == "send-signed":
    send_signed(int(words[0]), int(words[1]), bytes.fromhex(words[2]))
elif mode == "reflect":
    reflect(answer_open)
else:
    reflect(answer_signed(bytes.fromhex(words[0])))
