# The two commands are `make demo` and `make test`; both install what is missing first.
# PROFILE=release builds the demo at full speed. SMP_PORT (8080) and SMP_DATA (.smp) move it, so that two can run side by side.

.PHONY: help demo test bench setup fmt sqlx

help:
	@echo 'make demo    build and serve a demo world on http://127.0.0.1:8080 (PROFILE=release, SMP_PORT, SMP_DATA)'
	@echo 'make test    every check there is'
	@echo 'make bench   the rush and the queue, measured against this machine: benches/results.json (PART=checkout, queue or withstand: only that, unwritten)'
	@echo 'make setup   only install what the two need'
	@echo 'make fmt     format everything: rustfmt, and prettier for the portal, theme scripts and browser tests'
	@echo 'make sqlx    refresh .sqlx after a query or a migration changed'

demo:
	@PROFILE='$(PROFILE)' exec scripts/demo.sh

test:
	@exec scripts/test.sh

bench:
	@exec scripts/bench.sh $(if $(PART),-- $(PART))

setup:
	@exec scripts/setup.sh test

fmt:
	cargo fmt
	@npm run --silent --prefix portal format:write

sqlx:
	@exec scripts/sqlx-prepare.sh
