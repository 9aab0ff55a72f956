// The live stream: server-sent events of what changes, from where the reader stopped.

import type { FastifyInstance } from "fastify";
import type { ApiContext } from "./endpoint.ts";
import { callerIn, may } from "./guard.ts";

export function liveRoute(app: FastifyInstance, context: ApiContext): void {
  app.get(
    "/api/v1/live",
    {
      ...may("read"),
      schema: {
        operationId: "live",
        tags: ["history"],
        summary: "what changes, as server-sent events",
        description:
          "Events of type event (with an id: Last-Event-ID goes on from there), status, config, presence and measured. " +
          "A reader that is too slow is cut off, and goes on from where it was.",
        response: { 200: { type: "string", description: "text/event-stream" } },
      } as never,
    },
    async (request, reply) => {
      const id = Number(request.headers["last-event-id"]);
      reply.hijack();
      reply.raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      context.live.add(reply.raw, callerIn(request).id, Number.isSafeInteger(id) && id >= 0 ? id : undefined);
    },
  );
}
