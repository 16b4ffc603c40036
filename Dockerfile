# The image holds Node, the product's bundle with its source map, the administrator's commands, and what is in them with
# its licences: no shell, no package manager.
# Without a shell there is no ZFS_EXEC_LOCAL in it; hosts are reached over SSH.
# e2e/scenarios/image builds and runs it without Docker: from the COPY lines of this file, so keep them simple.
ARG NODE_VERSION=24

# The bundle is the same for every platform, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json build.ts ./
COPY scripts/ scripts/
COPY src/ src/
RUN node build.ts

FROM gcr.io/distroless/nodejs${NODE_VERSION}-debian13:nonroot AS image
ARG NODE_VERSION
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="zfs-provisioner" \
      org.opencontainers.image.description="Turns PersistentVolumeClaims into ZFS datasets over SSH" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs${NODE_VERSION}-debian13:nonroot"
WORKDIR /app
COPY --from=build /build/dist/start.cjs /build/dist/main.cjs /build/dist/main.cjs.map /build/dist/kubectl-zfs.cjs ./
COPY --from=build /build/dist/sbom.cdx.json /build/dist/licences.txt ./
COPY LICENSE ./
# Two pools of memory at most for glibc's malloc: it would have eight for each core.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
# V8's code cache, by the very Node and flags that it is used with: 7 MB less at the start.
USER 0:0
RUN ["/nodejs/bin/node", "--optimize-for-size", "start.cjs", "--write-code-cache"]
# A number, since Kubernetes cannot tell from a name that it is not root.
USER 65532:65532
EXPOSE 8080 8081 8090
# To read the source map takes 100 MB: NODE_OPTIONS=--enable-source-maps, for whoever needs lines of the sources.
# For a small heap: with 10,000 volumes it halves the memory, for more work of the garbage collector.
CMD ["--optimize-for-size", "start.cjs"]
