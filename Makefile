# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
.PHONY: help setup demo test vm-test boot-test ansible bench web man dist deb deb-test sbom contracts docs clean
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing (system packages, pinned Node.js, npm packages)
	@sh scripts/setup.sh

demo: setup ## set everything up and show the system at work
	@node scripts/demo.ts $(ARGS)

test: setup ## set everything up and run every test (one layer: make test ARGS=unit)
	@node scripts/test.ts $(ARGS)

vm-test: setup ## boot the distribution's kernel under qemu and run the tests that need VRF, netem or WireGuard
	@node scripts/test.ts vm

boot-test: setup ## boot a machine by systemd under qemu and try the shipped units on it, restarts and lost power too (minutes)
	@node scripts/test.ts boot

ansible: setup ## play the collection on twelve machines made here, through upgrades under traffic (minutes)
	@node scripts/test.ts ansible-wan

bench: setup ## measure every published figure and rewrite docs/benchmarks.md
	@node bench/main.ts --all

web: setup ## build the dashboard into dist/web, from where the controller serves it
	@node scripts/web.ts

man: ## write the manual pages into dist/man
	@node scripts/man.ts

dist: setup ## build the npm tarball that is shipped
	@node scripts/dist.ts

deb: setup ## build the Debian package, Node.js included
	@node scripts/deb.ts

deb-test: setup ## take the Debian package through its life in a clean Debian (needs root; downloads one the first time)
	@sh scripts/deb-test.sh

sbom: setup ## list what it is made of (CycloneDX) and under which licences, into dist/
	@node scripts/sbom.ts

contracts: setup ## compile the contracts anew into src/settlement/chain/artifacts.json
	@node scripts/contracts.ts

docs: setup ## rewrite the generated reference pages
	@node scripts/docs.ts

clean: ## remove what was built or installed here
	rm -rf node_modules .srwan dist coverage test-artefacts srwan-*.tgz
