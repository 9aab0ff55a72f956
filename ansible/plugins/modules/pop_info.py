#!/usr/bin/python
# What the service knows of one POP: whether it is there and holds what it is to hold, and whose policies meet it; at once,
# or when it is as it is to be.
# Apache License 2.0 (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: pop_info
short_description: Whether a POP is there, well and drained
description:
  - Asks the service about one POP and the policies that meet it; with C(until) as often as it takes. Changes nothing.
author: srwan (@srwan)
options:
  pop:
    description: The POP's name.
    type: str
    required: true
  segments:
    description: Ask about policies over these segments of it, there or back, in place of all that pass through.
    type: list
    elements: str
    default: []
  until:
    description:
      - C(drained), nothing of others is sent through it, or over the segments; what has nowhere else to go is not waited for
        where it begins or ends there.
      - C(idle), its agent said after C(after_event) that no more arrives from others than pulses and probes.
      - C(current), it is there, holds what it is to hold, and its policies are carried.
      - C(gone), its agent speaks to no service.
      - Not waited for in check mode.
    type: str
    choices: [drained, idle, current, gone]
  seconds:
    description: How long that may take.
    type: int
    default: 60
  after_event:
    description: Number of the last event that does not count for C(idle).
    type: int
    default: 0
  url:
    description: The service.
    type: str
    default: http://127.0.0.1:7177
  token_file:
    description: A file with a token of any role that reads.
    type: path
    default: /var/lib/srwan/controller/operator.token
  authority:
    description: The certificate of the service's authority, where not everybody trusts it.
    type: path
  timeout:
    description: Seconds for each request.
    type: int
    default: 20
"""

EXAMPLES = r"""
- name: Wait until nobody passes through Seattle
  srwan.wan.pop_info:
    pop: sea
    until: drained
    seconds: 180
"""

RETURN = r"""
joined:
  description: The service knows it.
  type: bool
  returned: always
there:
  description: Its agent speaks to a service now.
  type: bool
  returned: always
current:
  description: It is there and holds the newest version of what it is to hold.
  type: bool
  returned: always
through:
  description: Policies whose path passes through it, or leads over the segments.
  type: list
  elements: str
  returned: always
unsure:
  description: Policies that were decided upon a short while ago, and whose POP has not said yet what carries them.
  type: list
  elements: str
  returned: always
ends:
  description: Policies that begin or end at it.
  type: list
  elements: str
  returned: always
troubled:
  description: Policies that begin at it and are not carried as they should be, with the reason.
  type: list
  elements: str
  returned: always
drained_event:
  description: Number of the last event by which its agent said that it is drained, or 0.
  type: int
  returned: always
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.srwan.wan.plugins.module_utils.service import PLACE, Refused, Service

# Where a policy may stand that is carried: a failed-over one is, on its backup.
CARRIED = ["PROGRAMMED", "FAILED-OVER"]
# Decided, and what carries meanwhile is what carried before.
ON_THE_WAY = ["SENT", "INSTALLED", "UNPROVED", "POP-AWAY"]
PAUSE = 0.3


def main():
    spec = dict(
        PLACE,
        pop=dict(type="str", required=True),
        segments=dict(type="list", elements="str", default=[]),
        until=dict(type="str", choices=["drained", "idle", "current", "gone"]),
        seconds=dict(type="int", default=60),
        after_event=dict(type="int", default=0),
    )
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        run(module)
    except (Refused, IOError) as error:
        module.fail_json(msg=str(error))


def run(module):
    service = Service(module.params)
    ends = time.time() + (0 if module.check_mode else module.params["seconds"])
    while True:
        try:
            state = look(service, module.params)
            lacks = lacking(state, module.params)
        except Refused as error:
            # A service that is being restarted answers again.
            state, lacks = None, str(error)
        if state is not None and (not lacks or module.check_mode):
            module.exit_json(changed=False, **state)
        if module.params["until"] is None or time.time() >= ends:
            break
        time.sleep(PAUSE)
    if state is None:
        module.fail_json(msg=lacks)
    if module.params["until"] == "drained" and set(state["through"]) <= set(state["ends"]):
        # What begins or ends there and has nowhere else to go, and what nobody heard of in all this time.
        module.warn("%s: %s" % (module.params["pop"], lacks))
        module.exit_json(changed=False, **state)
    module.fail_json(msg="%s after %s s: %s" % (module.params["pop"], module.params["seconds"], lacks), **state)


def look(service, params):
    name, segments = params["pop"], both_ways(params["segments"])
    pop = next((one for one in service.all("/pops") if one["name"] == name), None)
    policies = service.all("/policies")
    there = pop is not None and pop["isThere"]
    told = service.call("GET", "/events?limit=1&newest=true&type=drained&pop=" + name)["items"]
    own = [one for one in policies if name in (one["spec"]["from"], one["spec"]["to"])]
    all_own = set(both_ways("%s/%s>%s" % (name, one["transit"], one["to"]) for one in own_segments(pop)))

    def through(policy):
        carrying = carried(policy["status"])
        if not segments:
            return name in [segment.split(">")[1] for segment in carrying[:-1]]
        if policy in own and (all_own <= segments or "pin" in policy["spec"] or policy["spec"].get("encrypted")):
            return False
        return not segments.isdisjoint(carrying)

    return dict(
        joined=pop is not None,
        there=there,
        current=there and pop["appliedVersion"] == pop["desiredVersion"],
        through=names(one for one in policies if through(one)),
        unsure=names(one for one in policies if is_unsure(one["status"], params["seconds"])),
        ends=names(own),
        troubled=sorted(trouble(one) for one in policies if one["spec"]["from"] == name and trouble(one)),
        drained_event=told[0]["id"] if told else 0,
    )


def lacking(state, params):
    """What it still lacks of what is waited for, in words; nothing where it lacks nothing."""
    until = params["until"]
    if until == "drained":
        still = ["%s still leads there" % one for one in state["through"]]
        still += ["what carries %s is not known yet" % one for one in state["unsure"] if one not in state["through"]]
        return "; ".join(still)
    if until == "idle" and state["drained_event"] <= params["after_event"]:
        return "more than pulses and probes still arrives there, or its agent has not counted yet"
    if until == "gone" and state["there"]:
        return "its agent still speaks to the service"
    if until == "current" and not state["current"]:
        return "its agent does not speak to the service, or does not hold what it is to hold"
    return "; ".join(state["troubled"]) if until == "current" else ""


def own_segments(pop):
    return [] if pop is None else pop["record"]["segments"]


def both_ways(segments):
    """sea/alder>chi and chi/alder>sea."""
    all_ways = set()
    for segment in segments:
        start, rest = segment.split("/", 1)
        transit, end = rest.rsplit(">", 1)
        all_ways |= {segment, "%s/%s>%s" % (end, transit, start)}
    return all_ways


def names(policies):
    return sorted(one["spec"]["name"] for one in policies)


def carried(status):
    """The segments of the path that carries: a policy that failed over is on its backup."""
    role = "backup" if (status or {}).get("state") == "FAILED-OVER" else "active"
    return [segment for path in (status or {}).get("paths", []) if path["role"] == role for segment in path["segments"]]


def is_unsure(status, seconds):
    if status is None:
        return True
    return status["state"] in ON_THE_WAY and time.time() - status["since"] / 1000.0 < seconds


def trouble(policy):
    status = policy["status"]
    if status is None:
        return "%s: nothing is decided yet" % policy["spec"]["name"]
    if status["state"] in CARRIED:
        return None
    return "%s: %s, %s" % (policy["spec"]["name"], status["state"], status["why"])


if __name__ == "__main__":
    main()
