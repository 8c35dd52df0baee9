# SPDX-License-Identifier: GPL-2.0-only
#
# The front door: one line per verb. It decides nothing; every verb is a script or a Makefile of its own.

MODE        ?= protected
CPU         ?= neoverse-n1
KERNEL      ?= 6.12
PERSONALITY ?= keel-kvm
export MODE CPU KERNEL PERSONALITY

PREPARE = scripts/prereqs
# What was asked for on the command line or in the environment narrows a lane; a default does not.
ASKED   = $(foreach v,MODE CPU KERNEL,$(if $(filter command environment,$(firstword $(origin $v))),$v=$($v)))

help:    ## this list
	@sed -n 's/^\([a-z0-9-]*\): .*## /\1|/p' Makefile | awk -F'|' '{printf "  %-9s %s\n", $$1, $$2}'
	@echo "  variables: MODE=nvhe|protected|vhe CPU=cortex-a57|neoverse-n1|max KERNEL=6.12|6.1 PERSONALITY=NAME"

all:     ## nucleus and modules for KERNEL, into build/KERNEL
	@$(PREPARE) && scripts/build-modules $(KERNEL)

demo:    ## from nothing to a VM that survives a swap, in a QEMU host
	@$(PREPARE) && scripts/demo

test:    ## every lane; last line: N passed, N failed[, N skipped]
	@scripts/test

test-long: ## every lane with its long cells, and mainline beside it; two hours
	@scripts/test --long

unit:    ## core/ in user space under ASan and UBSan
	@$(PREPARE) && $(MAKE) --no-print-directory -C tests/unit run

fuzz:    ## libFuzzer on everything that parses
	@$(PREPARE) && $(MAKE) --no-print-directory -C tests/fuzz run

kunit:   ## KUnit modules on a kernel of our own config in QEMU
	@$(PREPARE) && tests/kunit/run

e2e:     ## Debian's kernel in QEMU, the cells of tests/e2e/cells
	@$(PREPARE) && tests/e2e/run $(patsubst MODE=%,--mode=%,$(patsubst CPU=%,--cpu=%,$(patsubst KERNEL=%,--kernel=%,$(ASKED)))) $(CELLS)

bench:   ## instructions per operation, counted exactly
	@$(PREPARE) && scripts/bench

size:    ## bytes and lines of the nucleus and the modules
	@$(PREPARE) && scripts/size

shell:   ## a shell in a QEMU host with keel loaded
	@$(PREPARE) && scripts/shell

abi:     ## the ABI against its lock files
	@$(PREPARE) && scripts/abi

docs:    ## docs/abi, generated
	@scripts/docs

lint:    ## checkpatch, sparse, layering, sizes
	@$(PREPARE) && scripts/lint

install: ## modules into the running system
	@scripts/install

clean:   ## everything built here (not the cache)
	@rm -rf build

.PHONY: help all demo test test-long unit fuzz kunit e2e bench size shell abi docs lint install clean
.DEFAULT_GOAL := help
