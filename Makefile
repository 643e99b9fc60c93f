# Everything a developer does here, one word each. `make` alone lists them.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
CRASHES ?= 20
export UV_PYTHON_DOWNLOADS ?= never

.DEFAULT_GOAL := help
.PHONY: help setup check lint test golden demo crash bench day week generate controlplane simulator build image test-image test-argocd sbom chart docs clean

help: ## List what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/controlplane ## Make the environment from uv.lock and build the local control plane (other targets do it too)

check: lint ## The fast loop: format, lint, types, import contracts, the pure core (under 30 s)
	$(BIN)/pytest -q tests/core

lint: .venv/synced
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint setup .venv/programs ## Everything but the image and Argo CD: lint, types and all tests, against a real API server
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

test-image: setup ## Build the image without a registry and run it; as root on Debian it installs buildah and debootstrap
	$(BIN)/python -m tools.image prepare
	$(BIN)/pytest -m image tests/image

test-argocd: setup .venv/programs ## Argo CD itself syncs our examples (some minutes; needs redis-server)
	@command -v redis-server >/dev/null || ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ] || \
		{ apt-get -qq update && RUNLEVEL=1 apt-get install --yes --no-install-recommends redis-server; } # RUNLEVEL: and do not start it
	$(BIN)/python -m tools.programs.build kube-controller-manager
	$(BIN)/pytest -m argocd tests/argocd

golden: .venv/synced ## Write tests/golden anew: what users see, to be read before it is committed
	UPDATE_GOLDEN=1 $(BIN)/pytest -q $$(grep -rl 'support.golden import' tests)

demo: setup ## From nothing to 3,000 nodes and back, on this machine; KEEP=1 leaves it running
	$(BIN)/python -m tools.demo $(if $(KEEP),--keep)

crash: setup ## Kill the operator at CRASHES (20) random moments; it must always converge
	CRASHES=$(CRASHES) $(BIN)/pytest tests/e2e/test_crash.py

day: .venv/synced ## A simulated day of hourly size changes: PATCHes, replicas, and whether they flap (a minute)
	$(BIN)/python -m tools.day

week: .venv/synced ## A simulated week of 50 pools, quotas, preemptions and meddlers: converges, and never in a hurry (a quarter of an hour)
	$(BIN)/python -m tools.week

bench: setup ## Measure latency, requests, memory and CPU for 1, 100 and 1,000 pools
	$(BIN)/python -m tools.bench

generate: .venv/programs ## Write what is generated anew: crds/ and the chart's from the typed models, deploy/operator and the page of values from the chart
	$(BIN)/python -m tools.generate
	$(BIN)/uv export --quiet --frozen --no-emit-project --only-group image --output-file tools/image/builder.txt

controlplane: setup ## Run etcd and kube-apiserver until Ctrl-C; prints the KUBECONFIG line
	@$(BIN)/python -m tools.controlplane

simulator: .venv/synced ## Run the Azure simulator until Ctrl-C; prints where it listens
	@$(BIN)/azure-simulator serve

build: .venv/synced ## Build the wheel into dist/
	$(BIN)/uv build --wheel

image: .venv/synced ## Build the container image with docker, podman or buildah; SOURCE=URL says where it comes from
	SOURCE=$(SOURCE) $(BIN)/python -m tools.image build

sbom: .venv/synced ## Write the bill of materials of the image into dist/, as CycloneDX
	$(BIN)/python -m tools.sbom

chart: .venv/programs ## Package the Helm chart into dist/
	$(BIN)/python -m tools.chart

docs: .venv/synced ## Build the site of docs/ into .build/site, strictly; SERVE=1 serves it on loopback until Ctrl-C
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs $(if $(SERVE),serve,build)

clean: ## Remove the environment and everything built in the checkout
	rm -rf .venv .build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a second run takes no time. The programs that are built are cached outside the checkout.

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed here; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet uv
	@touch $@

.venv/synced: pyproject.toml uv.lock | .venv/uv
	$(BIN)/uv sync --locked
	@touch $@

.venv/controlplane: tools/controlplane/go.mod tools/controlplane/go.sum | .venv/synced
	$(BIN)/python -m tools.programs.build
	@touch $@

.venv/programs: tools/helm/go.mod tools/helm/go.sum tools/argocd/go.mod tools/argocd/go.sum | .venv/synced
	$(BIN)/python -m tools.programs.build helm argocd
	@touch $@
