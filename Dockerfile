# The one image of MSR Recovery: the command line, and PostgreSQL's client tools of the server's major version.
# `docker build` after `npm run build`. The base is an argument so that a mirror, or a base built without a
# Docker engine, can take its place; it needs Node.js 24 and apt with Debian trixie's packages.
ARG BASE=public.ecr.aws/docker/library/node:24-trixie-slim
FROM ${BASE}
# Debian trixie has 17; any other version comes from PostgreSQL's own repository.
ARG PG_MAJOR=17
RUN apt-get update \
 && if [ "$PG_MAJOR" != 17 ]; then \
      apt-get install --yes --no-install-recommends postgresql-common ca-certificates \
      && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; \
    fi \
 && apt-get install --yes --no-install-recommends "postgresql-client-$PG_MAJOR" ca-certificates \
 && rm -rf /var/lib/apt/lists/*
# The root file system is read-only at run time: /work is the only place to write to, and belongs to the user.
RUN useradd --system --uid 10001 --home-dir /work msr && mkdir /work && chown msr:msr /work
# All of it: the command line carries the recovery's definition and its bundles, in a container too.
COPY dist /opt/msr
# The tools themselves, not Debian's wrappers, which look for clusters that are not here.
ENV PATH=/usr/lib/postgresql/$PG_MAJOR/bin:$PATH \
    NODE_ENV=production NODE_OPTIONS=--enable-source-maps TMPDIR=/work
USER msr
VOLUME /work
WORKDIR /work
ENTRYPOINT ["node", "/opt/msr/msr/index.mjs"]
