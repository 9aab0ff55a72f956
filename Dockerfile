# srwan in a container: built in one stage, run in another that holds Node.js, the package and the tools a POP needs.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run dist && npm install --global --omit=dev ./srwan-*.tgz

FROM node:24-bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends iproute2 nftables \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/lib/node_modules/srwan /usr/local/lib/node_modules/srwan
# A controller needs no right at all: `--user srwan`. An agent needs root's, and says which.
RUN ln -s ../lib/node_modules/srwan/bin/srwan /usr/local/bin/srwan \
    && useradd --system --uid 10177 --user-group --no-create-home srwan \
    && install -d -o srwan -g srwan -m 700 /var/lib/srwan/controller
ENTRYPOINT ["srwan"]
CMD ["help"]
