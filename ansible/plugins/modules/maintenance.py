#!/usr/bin/python
# Drains a POP, or ends that: an edit of the candidate and its commit, refused while somebody else edits.
# Apache License 2.0 (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: maintenance
short_description: Drain a POP of the WAN, or end its maintenance
description:
  - Puts a POP into maintenance, or takes it out, and commits that. Policies then leave the POP for their other paths.
  - A candidate that holds edits of somebody else is never committed along; the module fails and says whose they are.
author: srwan (@srwan)
options:
  pop:
    description: The POP's name.
    type: str
    required: true
  state:
    description: C(drained) carries nothing of others; C(open) takes traffic again.
    type: str
    choices: [drained, open]
    required: true
  segments:
    description:
      - Close these segments of the POP alone, there and back, as C(sea/alder>chi); without them all of them.
      - A POP that is drained as a whole stays so.
    type: list
    elements: str
    default: []
  why:
    description: For those who read the commits later.
    type: str
    default: srwan.wan.maintenance
  url:
    description: The service.
    type: str
    default: http://127.0.0.1:7177
  token_file:
    description: A file with a token of role engineer or operator.
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
- name: Drain Seattle
  srwan.wan.maintenance:
    pop: sea
    state: drained
    why: new disks

- name: Close one of its segments
  srwan.wan.maintenance:
    pop: sea
    state: drained
    segments: [sea/alder>chi]
    why: new keys
"""

RETURN = r"""
commit:
  description: Number of the commit.
  type: int
  returned: when changed
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.srwan.wan.plugins.module_utils.service import PLACE, Refused, Service


def main():
    spec = dict(
        PLACE,
        pop=dict(type="str", required=True),
        state=dict(type="str", choices=["drained", "open"], required=True),
        segments=dict(type="list", elements="str", default=[]),
        why=dict(type="str", default="srwan.wan.maintenance"),
    )
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        module.exit_json(**run(module, Service(module.params)))
    except (Refused, IOError) as error:
        module.fail_json(msg=str(error))


def run(module, service):
    pop, why = module.params["pop"], module.params["why"]
    segments = sorted(module.params["segments"])
    running = service.call("GET", "/config/running")
    now = next((one for one in running["config"]["maintenance"] if one["pop"] == pop), None)
    if module.params["state"] == "open":
        wanted, is_so = None, now is None
    else:
        wanted = dict(why=why, segments=segments) if segments else dict(why=why)
        is_so = now is not None and ("segments" not in now or sorted(now["segments"]) == segments)
    diff = dict(before_header=pop, after_header=pop, before=said(now), after=said(wanted))
    if is_so:
        return dict(changed=False)
    if module.check_mode:
        return dict(changed=True, diff=diff)
    edits = service.call("GET", "/config/diff")["lines"]
    if edits:
        by = service.call("GET", "/config/candidate").get("by")
        raise Refused("the candidate holds edits of %s: commit them, or roll back 0, first: %s" % (by, "; ".join(edits)))
    path = "/config/candidate/maintenance/" + pop
    if wanted is None:
        service.call("DELETE", path)
    else:
        service.call("PUT", path, wanted)
    commit = service.call("POST", "/config/commit", dict(why="%s: %s" % (pop, why)))
    return dict(changed=True, diff=diff, commit=commit["id"])


def said(entry):
    """The maintenance of a POP as lines of a difference."""
    return "open\n" if entry is None else "".join("drained %s\n" % one for one in entry.get("segments", ["as a whole"]))


if __name__ == "__main__":
    main()
