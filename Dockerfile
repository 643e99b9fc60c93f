# The operator and the simulator in one image. `make image` builds it; docs/decisions/0027-image.md says why it is as it is.
# Nothing comes from the network that uv.lock does not name with its hash. A machine with an index or a certificate authority of its own
# gives pip.conf and certificates as secrets, which leave no trace in the image.

ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:
WORKDIR /src
COPY tools/image/builder.txt ./
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /builder && /builder/bin/pip install --require-hashes --requirement builder.txt
COPY pyproject.toml uv.lock ./
# kubernetes runs the login commands of kubeconfig files: the image has none of those, and half the weight without it.
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=certificates,target=/etc/ssl/certs/ca-certificates.crt \
    /builder/bin/uv export --frozen --no-dev --no-emit-project --prune kubernetes --output-file locked.txt \
    && python3 -m venv --without-pip /opt/azure-batch-operator \
    && /builder/bin/pip --python /opt/azure-batch-operator/bin/python install --no-compile --no-deps --require-hashes --requirement locked.txt
COPY LICENSE README.md ./
COPY crds crds
COPY operator operator
RUN /builder/bin/hatchling build --target wheel --directory wheels \
    && /builder/bin/pip --python /opt/azure-batch-operator/bin/python install --no-compile --no-deps --no-index wheels/*.whl
# Bytecode, because a read-only root lets Python write none: of what the programs import, to keep the image small.
COPY tools/image/compile.py ./
RUN PYTHONPYCACHEPREFIX=/opt/azure-batch-operator/bytecode /opt/azure-batch-operator/bin/python compile.py

FROM ${BASE} AS root
RUN python3 -m pip uninstall --quiet --yes pip setuptools wheel \
    && cd "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
    && rm -rf ensurepip idlelib lib2to3 turtledemo
COPY --from=build /opt/azure-batch-operator /opt/azure-batch-operator

# One layer, so that what was removed is not carried along in the base's.
FROM scratch
COPY --from=root / /
ENV PATH=/opt/azure-batch-operator/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPYCACHEPREFIX=/opt/azure-batch-operator/bytecode \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    HOME=/tmp
USER 65532:65532
WORKDIR /
ENTRYPOINT ["azure-batch-operator"]
CMD ["run"]

ARG BASE
ARG VERSION
ARG REVISION
ARG SOURCE
LABEL org.opencontainers.image.title="azure-batch-operator" \
      org.opencontainers.image.description="Keeps Azure Batch pools, and the gallery images they boot from, as Kubernetes resources describe them" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
