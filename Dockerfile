# syntax=docker/dockerfile:1
# One image, a command for each process: `python -m tipline.run.intake`, `.console`, `.worker`, `.expire`; and `tipline` for the operator.

# Tags move. A release pins both by digest, and says which it took: docs/releasing.md.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${NODE_IMAGE} AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY web ./web
RUN npm run build

FROM ${PYTHON_IMAGE} AS packages
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir uv==0.13.*
COPY pyproject.toml uv.lock README.md ./
# The packages first: they change less often than our own code.
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-install-project
COPY evidence ./evidence
COPY intake ./intake
COPY workers ./workers
COPY tipline ./tipline
COPY --from=assets /build/web ./web
RUN /opt/uv/bin/uv sync --frozen --no-dev \
    && .venv/bin/pybabel --quiet compile --use-fuzzy -d web/citizen/translations

FROM ${PYTHON_IMAGE}
ARG PYTHON_IMAGE
ARG VERSION=unreleased
ARG REVISION=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Tipline" \
      org.opencontainers.image.description="Public video-tip intake with custody" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
# libseccomp: the media tools' filter of system calls.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libseccomp2=2.5.* \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin tipline \
    && install -d -o tipline -g tipline -m 0750 /var/lib/tipline \
       /var/lib/tipline/spool /var/lib/tipline/scratch /var/lib/tipline/store
COPY --from=packages /app /app
ENV PATH=/app/.venv/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TIPLINE_HOST=0.0.0.0 \
    TIPLINE_SPOOL=/var/lib/tipline/spool \
    TIPLINE_SCRATCH=/var/lib/tipline/scratch \
    TMPDIR=/var/lib/tipline/scratch
WORKDIR /app
USER 10001:10001
VOLUME ["/var/lib/tipline/spool", "/var/lib/tipline/scratch"]
CMD ["python", "-m", "tipline.run.intake"]
