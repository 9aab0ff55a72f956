# networkx's answers to what the path engine is asked on graphs too large to try every path. Reads one JSON list of
# {"n", "edges": [[from, to, delay, price]], "ends": [[from, to]], "limits": [price]} and prints for each graph:
#   order   the delays of the five best paths between each two ends
#   within  the delay of the first path in order that costs no more than the limit; null where none is among the first 40
#   pair    what two paths without a common POP take together at the least; null where there are not two
#   all     the delays between all, of any number of hops; null where nothing leads

import itertools
import json
import sys

import networkx as nx

SEEN_AT_MOST = 40


def sums(graph, path):
    steps = [graph[a][b] for a, b in itertools.pairwise(path)]
    return sum(step["delay"] for step in steps), sum(step["price"] for step in steps)


def in_order(graph, source, target):
    try:
        yield from nx.shortest_simple_paths(graph, source, target, weight="delay")
    except nx.NetworkXNoPath:
        return


def within(graph, source, target, limit):
    for path in itertools.islice(in_order(graph, source, target), SEEN_AT_MOST):
        delay, price = sums(graph, path)
        if price <= limit:
            return delay
    return None


# A POP is cut in two, with room for one path from its one half to the other; two units of flow at the least cost.
def pair(graph, source, target):
    cut = nx.DiGraph()
    for pop in graph:
        cut.add_edge((pop, "in"), (pop, "out"), capacity=2 if pop in (source, target) else 1, weight=0)
    for a, b, step in graph.edges(data=True):
        cut.add_edge((a, "out"), (b, "in"), capacity=1, weight=step["delay"])
    cut.add_node((source, "in"), demand=-2)
    cut.add_node((target, "out"), demand=2)
    try:
        return nx.network_simplex(cut)[0]
    except nx.NetworkXUnfeasible:
        return None


def answers(given):
    graph = nx.DiGraph()
    graph.add_nodes_from(range(given["n"]))
    for a, b, delay, price in given["edges"]:
        graph.add_edge(a, b, delay=delay, price=price)
    ends = given["ends"]
    all_pairs = dict(nx.all_pairs_dijkstra_path_length(graph, weight="delay")) if given.get("all") else {}
    return {
        "order": [[sums(graph, path)[0] for path in itertools.islice(in_order(graph, a, b), 5)] for a, b in ends],
        "within": [within(graph, a, b, limit) for (a, b), limit in zip(ends, given["limits"])],
        "pair": [pair(graph, a, b) for a, b in ends],
        "all": [[all_pairs[a].get(b) for b in graph] for a in all_pairs],
    }


print(json.dumps([answers(given) for given in json.load(sys.stdin)]))
