# One image for the wallet, the adapter, the jobs and the command line; docker-compose.yml says which. No build step: Node runs
# the TypeScript as it is.
FROM node:24-slim
ENV NODE_ENV=production
# As scripts/lib/node-flags.ts: bounds what a process grows to under load.
ENV NODE_OPTIONS="--max-semi-space-size=16 --max-old-space-size=2048"
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY src ./src
# The adapter's spool: a volume that is first mounted here gets this folder's owner.
RUN mkdir /spool && chown node:node /spool
USER node
CMD ["node", "src/wallet/main.ts"]
