# syntax=docker/dockerfile:1
# Two images from one file: `--target cpu` (the default) and `--target cuda`.
ARG PYTHON=3.12.12-slim-bookworm

FROM python:${PYTHON} AS source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/mmrag/bin:$PATH
RUN python -m venv /opt/mmrag
WORKDIR /src
COPY constraints.txt ./

# torch first: it is most of the image, and changes least
FROM source AS build-cpu
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c constraints.txt --index-url "${TORCH_INDEX}" torch
COPY pyproject.toml README.md LICENSE ./
COPY mmrag mmrag
COPY connectors connectors
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c constraints.txt '.[offline,serve,mcp]'

# the wheels of the Python package index bring CUDA with them; the driver comes from the host
FROM source AS build-cuda
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c constraints.txt torch
COPY pyproject.toml README.md LICENSE ./
COPY mmrag mmrag
COPY connectors connectors
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install -c constraints.txt '.[offline,serve,mcp]'

FROM python:${PYTHON} AS runtime
RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home mmrag \
    && install -d -m 0700 -o mmrag -g mmrag /data /models \
    && install -d /files
# /data: the index, or what belongs to one on a Qdrant server; uploads and tokens. /models: weights
# of the hub. /files: what is to be indexed, mounted read-only.
ENV PATH=/opt/mmrag/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/data/cache \
    XDG_STATE_HOME=/data/state \
    HF_HOME=/models \
    MMRAG_PROFILE=offline \
    MMRAG_INDEX__DIRECTORY=/data/index \
    MMRAG_SERVE__HOST=0.0.0.0
VOLUME ["/data", "/models"]
WORKDIR /data
USER 10001:10001
EXPOSE 8642
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('127.0.0.1', 8642, timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["mmrag"]
CMD ["serve"]

FROM runtime AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build-cuda /opt/mmrag /opt/mmrag

FROM runtime AS cpu
COPY --from=build-cpu /opt/mmrag /opt/mmrag
