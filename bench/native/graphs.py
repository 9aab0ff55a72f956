# The peers of the path figures in Python. Reads one JSON document {"library", "what", "n", "edges", ...} from stdin and
# prints {"ms", "sum", "mb"}: the median of some runs in milliseconds, what all answers add up to, and the most memory that
# the process had.

import json
import resource
import sys
import time


def timed(runs, work):
    took = []
    for run in range(runs):
        start = time.perf_counter()
        answer = work(run)
        took.append((time.perf_counter() - start) * 1e3)
    return sorted(took)[len(took) // 2], answer


def with_igraph(given):
    import igraph

    graph = igraph.Graph(n=given["n"], edges=given["edges"], directed=True)
    graph.es["cost"] = given["costs"]
    if given["what"] == "all":
        return timed(given["runs"], lambda _: sum(map(sum, graph.distances(weights="cost"))))
    if given["what"] == "one":
        return timed(given["runs"], lambda _: sum(graph.distances(source=[given["from"]], weights="cost")[0]))

    def best(run):
        source, target = given["pairs"][run % len(given["pairs"])]
        paths = graph.get_k_shortest_paths(source, to=target, k=4, weights="cost", output="epath")
        return [sum(given["costs"][edge] for edge in path) for path in paths]

    ms, _ = timed(given["runs"], best)
    return ms, sum(sum(best(run)) for run in range(len(given["pairs"])))


def with_networkx(given):
    import networkx

    graph = networkx.DiGraph()
    graph.add_weighted_edges_from((a, b, c) for (a, b), c in zip(given["edges"], given["costs"]))
    if given["what"] == "all":
        work = lambda _: sum(sum(to.values()) for _, to in networkx.all_pairs_dijkstra_path_length(graph))
        return timed(given["runs"], work)
    return timed(given["runs"], lambda _: sum(networkx.single_source_dijkstra_path_length(graph, given["from"]).values()))


given = json.load(sys.stdin)
ms, total = {"igraph": with_igraph, "networkx": with_networkx}[given["library"]](given)
mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
print(json.dumps({"ms": ms, "sum": int(total), "mb": mb}))
