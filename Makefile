# `make help` lists the targets. Node comes from npm (node_modules/.bin/node, version 24), whatever the
# machine's own is; all else that a fresh Debian machine lacks is installed by the targets that need it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

jest := NODE_OPTIONS='--experimental-vm-modules --no-warnings' node node_modules/jest/bin/jest.js

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

.PHONY: demo
demo: dist/main.cjs ## show the product at work on a bench of real parts (KEEP=1 leaves it up)
	@node e2e/demo.ts

.PHONY: test
test: check coverage chart e2e e2e-openzfs ## everything that CI checks

.PHONY: check
check: format-check lint types arrows unused shell docs-check ## everything that needs no running program

.PHONY: fix
fix: node_modules/.stamp ## repair what can be repaired: format, lint, generated pages
	prettier --write --log-level warn .
	eslint --fix .
	node scripts/generate-docs.ts

.PHONY: format-check
format-check: node_modules/.stamp ## formatting (repair: make fix)
	prettier --check --log-level warn .

.PHONY: lint
lint: node_modules/.stamp ## ESLint with types
	eslint .

.PHONY: types
types: node_modules/.stamp ## TypeScript
	tsc -p .

.PHONY: arrows
arrows: node_modules/.stamp ## which room may import which (docs/architecture.md)
	depcruise --config .dependency-cruiser.cjs --output-type err src e2e/chaos/checker

.PHONY: unused
unused: node_modules/.stamp ## files, exports and dependencies that nobody uses
	knip --treat-config-hints-as-errors

.PHONY: shell
shell: bench-packages ## shellcheck of the scripts that run on storage hosts
	for verb in create destroy doctor grow repair restore scan share trash; do cat src/zfs/scripts/{prelude,exports,promises,removal,$$verb}.sh | shellcheck -s sh - || exit 1; done
	shellcheck -s sh test/support/*.sh src/cli/host-setup/*.sh
	shellcheck .ci/run
	shellcheck -s sh e2e/kind/*.sh
	shellcheck -s sh e2e/bench/node/*.sh
	shellcheck -x -P SCRIPTDIR e2e/bench/openzfs/*.sh e2e/bench/openzfs/guest/zinit e2e/bench/openzfs/guest/initramfs-init

.PHONY: docs-check
docs-check: node_modules/.stamp ## whether the generated pages of docs/ are up to date (repair: make fix)
	node scripts/generate-docs.ts --check

.PHONY: unit
unit: bench-packages ## unit tests
	$(jest) --maxWorkers=100% --testPathIgnorePatterns charts/

.PHONY: coverage
coverage: bench-packages ## unit tests, and whether they cover what decides or destroys
	$(jest) --maxWorkers=100% --testPathIgnorePatterns charts/ --coverage

.PHONY: chart
chart: bench-binaries ## tests of the Helm chart
	$(jest) charts/

.PHONY: e2e
e2e: dist/main.cjs bench-binaries ## scenarios on the bench: real API server, real OpenSSH, real ZFS
	$(jest) -c e2e/jest.config.js

.PHONY: openzfs-machines
openzfs-machines: bench-packages
	@ZFSVM_ROLE=storage e2e/bench/openzfs/machine.sh build
	@ZFSVM_ROLE=worker e2e/bench/openzfs/machine.sh build

.PHONY: e2e-openzfs
e2e-openzfs: dist/main.cjs bench-binaries openzfs-machines ## scenarios on virtual machines with OpenZFS and kernel NFS (ALL=1: every one of datasets)
	ZFS_BENCH_HOST=openzfs $(jest) -c e2e/jest.openzfs.config.js

.PHONY: recordings
recordings: openzfs-machines ## what OpenZFS prints when it fails, into test/recordings
	node e2e/recordings.ts

.PHONY: pictures
pictures: bench-packages ## pictures of the status page, into docs/images
	PICTURES=docs/images $(jest) -c e2e/jest.config.js e2e/scenarios/console-pictures

.PHONY: benchmark
benchmark: dist/main.cjs bench-binaries ## measure the product, and a peer beside it (PEER="its command", QUICK=1, PARTS, JSON=file)
	node e2e/benchmark/main.ts $(if $(JSON),--json $(JSON))

.PHONY: chaos
chaos: dist/main.cjs bench-binaries ## faults at random over claims that come and go, then everything is compared (SEED, FAULTS, CLAIMS; PLAN=only)
	node e2e/chaos/main.ts

.PHONY: soak
soak: dist/main.cjs bench-binaries ## claims that come and go for DURATION seconds: does memory, or anything else, grow?
	node e2e/soak/main.ts

.PHONY: scale
scale: dist/main.cjs bench-binaries ## what grows with volumes and hosts, into docs/scale.md (PART=volumes|hosts|largest|fuse|openzfs)
	node e2e/scale/main.ts

.PHONY: audit
audit: node_modules/.stamp ## known weaknesses of the product's packages, where the registry tells
	node scripts/audit.ts

.PHONY: sbom
sbom: dist/main.cjs ## what is in the bundles: dist/sbom.cdx.json (CycloneDX) and dist/licences.txt
	@ls -l dist/sbom.cdx.json dist/licences.txt

.PHONY: bench-up
bench-up: bench-binaries ## start a bench by hand; tells how to use it
	node e2e/bench/main.ts up

.PHONY: bench-down
bench-down: node_modules/.stamp ## remove the bench
	node e2e/bench/main.ts down

.PHONY: bench-packages
bench-packages: node_modules/.stamp
	@node e2e/bench/main.ts install

.PHONY: bench-binaries
bench-binaries: bench-packages
	@node e2e/bench/main.ts build

.PHONY: build
build: dist/main.cjs ## bundle the product into dist/main.cjs

dist/main.cjs: node_modules/.stamp build.ts package.json scripts/bundled-packages.ts scripts/lean-packages.ts scripts/start-flags.ts scripts/sbom.ts scripts/lock-file.ts $(shell find src -name '*.ts' -o -name '*.sh' -o -name '*.css' -o -name '*.js')
	node build.ts

.PHONY: image
image: ## build the container image (needs Docker; IMAGE=name:tag, PLATFORMS=linux/amd64,linux/arm64 PUSH=1 for several)
	docker $(if $(PLATFORMS),buildx )build $(if $(PLATFORMS),--platform $(PLATFORMS) $(if $(PUSH),--push) )--tag $(or $(IMAGE),zfs-provisioner) \
		--build-arg VERSION=$$(node -p 'require("./package.json").version') --build-arg REVISION=$$(git rev-parse HEAD) .

.PHONY: kind-demo
kind-demo: node_modules/.stamp ## show the product in a cluster of kind (needs Docker, ZFS and root; KEEP=1 leaves it up)
	node e2e/kind/main.ts $(ARGS)

.PHONY: clean
clean: ## remove what was built and installed in the checkout
	rm -rf dist coverage node_modules .run

node_modules/.stamp: package.json package-lock.json .npmrc
	npm ci --no-progress --loglevel=error
	@touch $@
