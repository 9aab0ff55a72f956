#!/usr/bin/python
# What the service knows of one POP: whether it is there and holds what it is to hold, and whose policies meet it.
# Apache License 2.0 (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: pop_info
short_description: Whether a POP is there, well and drained
description:
  - Asks the service about one POP and the policies that meet it. Changes nothing.
author: srwan (@srwan)
options:
  pop:
    description: The POP's name.
    type: str
    required: true
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
  register: sea
  until: not sea.through
  retries: 30
  delay: 2
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
  description: Policies whose active path passes through it.
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
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.srwan.wan.plugins.module_utils.service import PLACE, Refused, Service

# Where a policy may stand that is carried: a failed-over one is, on its backup.
CARRIED = ["PROGRAMMED", "FAILED-OVER"]


def main():
    spec = dict(PLACE, pop=dict(type="str", required=True))
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        service = Service(module.params)
        module.exit_json(changed=False, **look(service, module.params["pop"]))
    except (Refused, IOError) as error:
        module.fail_json(msg=str(error))


def look(service, name):
    pop = next((one for one in service.all("/pops") if one["name"] == name), None)
    policies = service.all("/policies")
    there = pop is not None and pop["isThere"]
    return dict(
        joined=pop is not None,
        there=there,
        current=there and pop["appliedVersion"] == pop["desiredVersion"],
        through=sorted(one["spec"]["name"] for one in policies if name in passed(one["status"])),
        ends=sorted(one["spec"]["name"] for one in policies if name in (one["spec"]["from"], one["spec"]["to"])),
        troubled=sorted(trouble(one) for one in policies if one["spec"]["from"] == name and trouble(one)),
    )


def passed(status):
    """POPs between the ends of the path that carries: sea/alder>chi, chi/birch>fra passes chi."""
    paths = (status or {}).get("paths", [])
    role = "backup" if (status or {}).get("state") == "FAILED-OVER" else "active"
    return [segment.split(">")[1] for path in paths if path["role"] == role for segment in path["segments"][:-1]]


def trouble(policy):
    status = policy["status"]
    if status is None:
        return "%s: nothing is decided yet" % policy["spec"]["name"]
    if status["state"] in CARRIED:
        return None
    return "%s: %s, %s" % (policy["spec"]["name"], status["state"], status["why"])


if __name__ == "__main__":
    main()
