# Asks the topology service from a module: one request at a time, with the token of a file, and pages put together.
# Apache License 2.0 (see LICENSE)

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json

from ansible.module_utils.six.moves.urllib.error import HTTPError, URLError
from ansible.module_utils.urls import open_url

# How a module is told where the service is.
PLACE = dict(
    url=dict(type="str", default="http://127.0.0.1:7177"),
    token_file=dict(type="path", default="/var/lib/srwan/controller/operator.token"),
    authority=dict(type="path"),
    timeout=dict(type="int", default=20),
)


class Refused(Exception):
    """What the service, or the way to it, said instead of an answer."""


class Service(object):
    def __init__(self, params):
        self.params = params
        with open(params["token_file"]) as file:
            self.token = file.read().strip()

    def call(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + self.token}
        # A DELETE has none, and may not say that it has.
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = self.params["url"].rstrip("/") + "/api/v1" + path
        data = None if body is None else json.dumps(body)
        place = dict(ca_path=self.params["authority"], timeout=self.params["timeout"], use_proxy=False)
        try:
            answer = open_url(url, method=method, data=data, headers=headers, **place)
            text = answer.read()
        except HTTPError as error:
            raise Refused("%s %s: %s" % (method, path, told(error)))
        except (URLError, OSError) as error:
            raise Refused("%s: %s" % (url, error))
        return json.loads(text) if text else None

    def all(self, path):
        """Every item of a list that comes in pages."""
        items, after = [], ""
        while True:
            page = self.call("GET", "%s?limit=500%s" % (path, after))
            items += page["items"]
            if not page.get("next"):
                return items
            after = "&after=" + page["next"]


def told(error):
    """The service says what is wrong, and the remedy, as application/problem+json."""
    try:
        problem = json.loads(error.read())
        return "%s %s" % (problem.get("detail", error.code), problem.get("remedy", ""))
    except ValueError:
        return "answered %s" % error.code
