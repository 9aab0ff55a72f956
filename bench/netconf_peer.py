"""The same requests as netconf-part.ts, by ncclient: `netconf_peer.py PORT USER KEY N`. Prints JSON."""

import json
import sys
import time

from ncclient import manager

SERVICES = "urn:srwan:test"
WARM = 50
FILTER = ("subtree", f'<services xmlns="{SERVICES}"><service><name>bench</name></service></services>')


def transaction(m, i):
    edit = (
        '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">'
        f'<services xmlns="{SERVICES}"><service><name>bench</name><octets>{i}</octets></service></services></config>'
    )
    m.lock("candidate")
    m.discard_changes()
    m.get_config("running", filter=FILTER)
    m.edit_config(target="candidate", config=edit, error_option="rollback-on-error")
    m.commit(confirmed=True, timeout="60", persist=f"p{i}")
    m.get_config("running", filter=FILTER)
    m.commit(persist_id=f"p{i}")
    m.get_config("running", filter=FILTER)
    m.unlock("candidate")


def main():
    port, user, key, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    m = manager.connect(
        host="127.0.0.1", port=port, username=user, key_filename=key,
        hostkey_verify=False, allow_agent=False, look_for_keys=False, timeout=60,
    )
    for i in range(WARM):
        transaction(m, i)
    started, before = time.perf_counter(), time.process_time()
    for i in range(WARM, WARM + count):
        transaction(m, i)
    cpu, wall = time.process_time() - before, time.perf_counter() - started
    m.close_session()
    print(json.dumps({"wallMs": wall * 1e3 / count, "cpuMs": cpu * 1e3 / count}))


main()
