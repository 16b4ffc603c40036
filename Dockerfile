# The image holds Node, the bundle with its source map, the administrator's commands and the licence: no shell,
# no package manager.
# Without a shell there is no ZFS_EXEC_LOCAL in it; hosts are reached over SSH.
ARG NODE_VERSION=24

# The bundle is the same for every platform, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json build.ts ./
COPY src/ src/
RUN node build.ts

FROM gcr.io/distroless/nodejs${NODE_VERSION}-debian12:nonroot
ARG VERSION=0.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="zfs-provisioner" \
      org.opencontainers.image.description="Turns PersistentVolumeClaims into ZFS datasets over SSH" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=build /build/dist/main.cjs /build/dist/main.cjs.map ./
# The administrator's commands, for `kubectl exec`.
COPY --from=build /build/dist/kubectl-zfs.cjs ./
COPY LICENSE ./
ENV NODE_ENV=production
# A number, since Kubernetes cannot tell from a name that it is not root.
USER 65532:65532
EXPOSE 8080 8081
CMD ["--enable-source-maps", "main.cjs"]
