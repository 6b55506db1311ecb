# mneme. One Makefile; `make help` lists the targets. It finds the sources by itself:
#
#   src/**/*.c              the library; src/cli/**/*.c  the program over it
#   tests/**/*_test.c       one Criterion program;  tests/*/*.sh  shell tests;  tests/fuzz/*_fuzz.c  a program each
#   bench/*.c               a program each;         tools/sqlgen.c  turns sql/ and the field tables into gen/sql.[ch]
#
# MODE=release|debug|asan|tsan|coverage  a build folder each: build/MODE    T=filter  tests whose name contains it
# V=1  shows the commands    WERROR=  lets warnings pass    SQLITE=system|package  overrides tools/sqlite.sh

MODE ?= release
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
version := 0.1.0
soname := libmneme.so.0

ifeq ($(filter $(MODE),release debug asan tsan coverage fuzz),)
$(error MODE is release, debug, asan, tsan or coverage, not '$(MODE)')
endif
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

BUILD := build/$(MODE)
Q := $(if $(V),,@)
is_silent := $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(V)$(is_silent),,@printf '  %-5s %s\n' '$(1)' '$(2)')

# --- sources ---------------------------------------------------------------------------------------------------------

machine := $(shell uname -m)
foreign := $(if $(filter x86_64,$(machine)),,%_avx2.c %_avx512.c %_amx.c) $(if $(filter aarch64,$(machine)),,%_neon.c)
# $(call find,FOLDERS,PATTERN): files of the folders that exist, without those for other processors.
find = $(if $(wildcard $(1)),$(filter-out $(foreign),$(sort $(shell find $(wildcard $(1)) -name '$(2)'))))

lib_c := $(filter-out src/cli/%,$(call find,src,*.c))
cli_c := $(call find,src/cli,*.c)
test_c := $(call find,tests,*_test.c)
ifeq ($(MODE),tsan)
test_c := $(if $(test_c),$(shell grep -l threads $(test_c))) tests/tsan/runner.c
endif
test_c := $(strip $(test_c) $(call find,tests/support,*.c))
fuzz_c := $(wildcard tests/fuzz/*_fuzz.c)
bench_c := $(wildcard bench/*.c)
bench_support_c := $(wildcard bench/support/*.c)
# A *_body.h is no header: it is compiled with what the including file defines before it.
headers := $(filter-out %_body.h,$(call find,include src tests bench,*.h))
c_files := $(call find,include src tests bench tools examples,*.[ch])
linted_c := $(lib_c) $(cli_c) $(wildcard tools/*.c) $(bench_c) $(bench_support_c)

objects_of = $(patsubst %.c,$(BUILD)/%.o,$(1))
lib_o := $(call objects_of,$(lib_c))
cli_o := $(call objects_of,$(cli_c))
test_o := $(call objects_of,$(test_c))
bench_support_o := $(call objects_of,$(bench_support_c))
fuzzers := $(fuzz_c:tests/fuzz/%_fuzz.c=$(BUILD)/fuzz/%)
benches := $(bench_c:%.c=$(BUILD)/%)

# --- flags -----------------------------------------------------------------------------------------------------------

ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(MODE)),clang,gcc)
endif
ifeq ($(origin CXX),default)
CXX = $(shell command -v g++ || command -v clang++)
endif
WERROR ?= -Werror

warnings := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wformat=2 \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wimplicit-fallthrough
sanitize := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=undefined
mode_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
mode_debug := -O0 -g3
mode_asan := $(sanitize) -fsanitize=address,undefined
# ThreadSanitizer and Criterion want the same addresses, so tests/tsan stands in for Criterion; other modes warn.
mode_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread -isystem tests/tsan -w
mode_coverage := -O0 -g --coverage
mode_fuzz := $(sanitize) -fsanitize=address,undefined,fuzzer-no-link

cflags = -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Itests -I$(BUILD) $(sqlite_include) -fPIC -fvisibility=hidden \
	-pthread $(warnings) $(mode_$(MODE)) $(CFLAGS)
ldflags = -pthread $(mode_$(MODE)) -Wl,-z,relro,-z,now $(LDFLAGS)
libs = -ljansson -lstemmer -lutf8proc -lcrypto $(sqlite_libs) -lm

# Files named after an instruction set are compiled for it.
simd_flags = $(if $(filter %_avx2.c,$(1)),-mavx2 -mfma -mf16c) \
	$(if $(filter %_avx512.c %_amx.c,$(1)),-mavx512f -mavx512bw -mavx512vl -mavx512dq) \
	$(if $(filter %_amx.c,$(1)),-mavx512bf16 -mamx-tile -mamx-bf16) \
	$(if $(filter fuzz,$(MODE)),$(if $(findstring /linear_,$(1)),$(unrolled)))
# Clang takes minutes over their unrolled loops with a check at each pointer; AddressSanitizer looks at them anyway.
unrolled := -fno-sanitize=pointer-overflow,alignment,null,object-size

# --- SQLite: the system's where it is sound, else an amalgamation, compiled once for all modes -----------------------

SQLITE ?= $(shell tools/sqlite.sh which)
ifeq ($(SQLITE),system)
sqlite_include := $(shell pkg-config --cflags sqlite3)
sqlite_libs := $(shell pkg-config --libs sqlite3)
else
sqlite_include := -isystem build/sqlite
sqlite_h := build/sqlite/sqlite3.h
sqlite_o := build/sqlite/sqlite3.o
bench_sqlite_o := build/sqlite/sqlite3_fts5.o
endif
sqlite_flags := -O2 -fPIC -fvisibility=hidden -pthread -w -DSQLITE_THREADSAFE=2 -DSQLITE_DQS=0 \
	-DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_SHARED_CACHE \
	-DSQLITE_DEFAULT_SYNCHRONOUS=2 -DSQLITE_DEFAULT_WAL_SYNCHRONOUS=2 -DSQLITE_DEFAULT_FOREIGN_KEYS=1 \
	-DSQLITE_ENABLE_DBPAGE_VTAB -DSQLITE_SECURE_DELETE -DSQLITE_ENABLE_STAT4 -DHAVE_FDATASYNC=1

build/sqlite/sqlite3.c build/sqlite/sqlite3.h &: tools/sqlite.sh
	$(call say,GET,build/sqlite/sqlite3.c)
	$(Q)tools/sqlite.sh fetch build/sqlite
build/sqlite/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(sqlite_flags)' | cmp -s - $@ || echo '$(CC) $(sqlite_flags)' >$@
build/sqlite/sqlite3.o: build/sqlite/sqlite3.c build/sqlite/flags
	$(call say,CC,$< (once for all modes))
	$(Q)$(CC) $(sqlite_flags) -c $< -o $@.tmp && mv $@.tmp $@
# Benchmarks measure themselves beside FTS5, which the product has no use for.
build/sqlite/sqlite3_fts5.o: build/sqlite/sqlite3.c build/sqlite/flags
	$(call say,CC,$< (for benchmarks))
	$(Q)$(CC) $(sqlite_flags) -DSQLITE_ENABLE_FTS5 -c $< -o $@.tmp && mv $@.tmp $@

# --- SQL, generated --------------------------------------------------------------------------------------------------

ifneq ($(wildcard tools/sqlgen.c),)
sql_c := $(BUILD)/gen/sql.c
sql_h := $(BUILD)/gen/sql.h
sql_o := $(BUILD)/gen/sql.o
sqlgen_o := $(call objects_of,tools/sqlgen.c $(filter src/base/% src/model/%,$(lib_c)))

# The generator leaves a file alone that would not change; the stamp knows when it was last asked.
$(BUILD)/gen/stamp: $(BUILD)/sqlgen $(call find,sql,*.sql) | $(BUILD)/gen/
	$(call say,SQL,$(sql_c))
	$(Q)$(BUILD)/sqlgen $(BUILD) sql/ && touch $@
$(sql_c) $(sql_h): $(BUILD)/gen/stamp
	@[ -f $@ ] || $(BUILD)/sqlgen $(BUILD) sql/
$(BUILD)/sqlgen: $(sqlgen_o)
	$(call say,LD,$@)
	$(Q)$(CC) $(ldflags) $^ $(libs) -o $@
$(sql_o): $(sql_c) $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(cflags) $(WERROR) -MMD -MP -c $< -o $@
endif

# --- objects ---------------------------------------------------------------------------------------------------------

objects := $(lib_o) $(cli_o) $(test_o) $(bench_support_o) \
	$(call objects_of,$(fuzz_c) $(bench_c) $(wildcard tests/fuzz/replay.c tools/sqlgen.c))

# What the generator is made of must not wait for it; everything else may include what it generates, and sqlite3.h.
early := $(addprefix $(BUILD)/,src/base/% src/model/% src/text/% src/vec/% tools/%)
$(filter-out $(early),$(objects)): | $(sql_h) $(sqlite_h)

folders := $(sort $(dir $(objects)) $(BUILD)/gen/ $(BUILD)/fuzz/ $(BUILD)/bench/ $(BUILD)/man/)
$(folders):
	@mkdir -p $@

.SECONDEXPANSION:
$(objects): $(BUILD)/%.o: %.c $(BUILD)/flags | $$(dir $$@)
	$(call say,CC,$<)
	$(Q)$(CC) $(cflags) $(WERROR) $(call simd_flags,$<) -MMD -MP -c $< -o $@
-include $(objects:.o=.d) $(sql_o:.o=.d)

# Another compiler or other flags rebuild; as long as they stay, this file keeps its time.
flags_now = $(CC) $(cflags) $(ldflags) $(libs)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(flags_now)' | cmp -s - $@ || echo '$(flags_now)' >$@
FORCE:

# --- libraries and programs ------------------------------------------------------------------------------------------

whole_o := $(lib_o) $(sql_o) $(sqlite_o)
shared := libmneme.so.$(version)
link = $(CC) -pie $(ldflags) $(filter %.o,$^) $(libs)

# The archive is one object in which only the public names are left, so that ours meet no others in a static link.
$(BUILD)/libmneme.o: $(whole_o)
	$(call say,LD,$@)
	$(Q)ld -r $^ -o $@.tmp && objcopy --localize-hidden $@.tmp $@ && rm $@.tmp
$(BUILD)/libmneme.a: $(BUILD)/libmneme.o
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $<
$(BUILD)/$(shared): $(whole_o)
	$(call say,LD,$@)
	$(Q)$(CC) -shared -Wl,-soname,$(soname) $(ldflags) $^ $(libs) -o $@
	$(Q)ln -sf $(shared) $(BUILD)/$(soname) && ln -sf $(soname) $(BUILD)/libmneme.so
$(BUILD)/mneme: $(cli_o) $(whole_o)
	$(call say,LD,$@)
	$(Q)$(link) -o $@
$(BUILD)/unit: $(test_o) $(filter-out %/main.o,$(cli_o)) $(whole_o)
	$(call say,LD,$@)
	$(Q)$(link) $(if $(filter tsan,$(MODE)),,-lcriterion) -o $@
$(fuzzers): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%_fuzz.o $(if $(filter fuzz,$(MODE)),,$(BUILD)/tests/fuzz/replay.o) \
		$(whole_o) | $(BUILD)/fuzz/
	$(call say,LD,$@)
	$(Q)$(link) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) -o $@
$(benches): $(BUILD)/bench/%: $(BUILD)/bench/%.o $(bench_support_o) $(lib_o) $(sql_o) $(bench_sqlite_o)
	$(call say,LD,$@)
	$(Q)$(link) -o $@

libraries := $(addprefix $(BUILD)/,libmneme.a $(shared))
products := $(libraries) $(if $(cli_c),$(BUILD)/mneme)

# --- targets ---------------------------------------------------------------------------------------------------------

all: $(products) ## the library and the program (default)

model: all ## get all-MiniLM-L6-v2 into the user's data folder, if it is not there
	@tools/model.sh $(BUILD)/mneme

run: all ## the main job: a sample story remembered, and questions about it answered
	@MNEME=$(abspath $(BUILD)/mneme) sh examples/run.sh

ifneq ($(wildcard ../shared/data),)
export MNEME_DATA ?= $(abspath ../shared/data)
endif
# Shell tests may call make again, which then has to see the same build.
testing = CC='$(CC)' CFLAGS='$(CFLAGS)' LDFLAGS='$(LDFLAGS)' SQLITE='$(SQLITE)' MNEME_MODE=$(MODE) \
	MNEME_CFLAGS='$(mode_$(MODE))' tools/run_tests.sh $(BUILD)
test: all $(if $(test_c),$(BUILD)/unit) $(fuzzers) ## every test; T=filter
	@$(if $(filter coverage,$(MODE)),find $(BUILD) -name '*.gcda' -delete)
	@$(testing) '$(T)'

golden: all ## rewrite the expected output of the shell tests; T=filter
	@MNEME_GOLDEN=write $(testing) '$(or $(T),cli/)'

fuzz: ## fuzz each target FUZZ_SECONDS (60) long, with clang; T=name of one
	$(Q)$(MAKE) --no-print-directory MODE=fuzz fuzz-targets

fuzz-targets: $(fuzzers)
	@tools/fuzz.sh $(BUILD) $(FUZZ_SECONDS) $(or $(T),$(notdir $(fuzzers)))

bench: all $(benches) ## measure, beside SQLite doing the same, and keep the figures as JSON
	@$(if $(wildcard bench/run),MNEME=$(abspath $(BUILD)/mneme) MNEME_BENCH=$(abspath $(BUILD)/bench) bench/run,\
		echo 'nothing to measure yet')

coverage: ## the tests in MODE=coverage, then lines covered by file
	$(Q)$(MAKE) --no-print-directory MODE=coverage test
	@tools/coverage.sh build/coverage

man: $(BUILD)/man/mneme.1 ## mneme(1), its commands from the operation table
$(BUILD)/man/mneme.1: man/mneme.1.in $(BUILD)/mneme | $(BUILD)/man/
	$(call say,MAN,$@)
	$(Q)$(BUILD)/mneme help --man >$(BUILD)/man/commands
	$(Q)sed -e 's,@VERSION@,$(version),' -e '/^@COMMANDS@$$/{r $(BUILD)/man/commands' -e 'd;}' $< >$@

clean: ## remove all that was built or fetched
	rm -rf build

help: ## this list
	@echo 'make [MODE=release|debug|asan|tsan|coverage] [T=filter] [V=1] TARGET'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F '|' '{ printf "  %-12s %s\n", $$1, $$2 }'

# --- make check ------------------------------------------------------------------------------------------------------

checked = $(BUILD)/check
check: style layers headers symbols format lint ## all of the following
	@echo 'check: all is well'

style: ## house style, as far as a pattern can tell
	@tools/check_style.sh
layers: ## who may include whom; a README.md in each source folder
	@tools/check_layers.sh

headers: $(headers:%=$(checked)/%.ok) ## each header compiles alone, mneme.h in C++ too
$(headers:%=$(checked)/%.ok): $(checked)/%.ok: % $(BUILD)/flags | $(sql_h) $(sqlite_h)
	@mkdir -p $(@D)
	@printf '#include "%s"\nextern int alone;\n' '$<' | \
		$(CC) $(cflags) -I. -Werror -x c -fsyntax-only -MMD -MP -MT $@ -MF $@.d -
	@$(if $(filter include/%,$<),echo '#include "$<"' | $(CXX) -x c++ -I. -Wall -Wextra -Wpedantic -Werror \
		-fsyntax-only -)
	@touch $@
-include $(headers:%=$(checked)/%.ok.d)

symbols: $(libraries) ## the libraries export the functions of mneme.h and nothing else
	@tools/check_symbols.sh include/mneme.h $(libraries)

format: $(c_files:%=$(checked)/%.format) ## the layout is clang-format's
$(c_files:%=$(checked)/%.format): $(checked)/%.format: % .clang-format
	@mkdir -p $(@D)
	@clang-format --dry-run --Werror $<
	@touch $@
format-fix: ## have clang-format lay out every C file
	@clang-format -i $(c_files)

# A file is read again when its object is newer, that is, when it or a header of it has changed. The static analyzer
# takes seconds a file, so it has a target of its own.
lint: $(linted_c:%=$(checked)/%.lint) ## clang-tidy
analyze: $(linted_c:%=$(checked)/%.analyze) ## clang's static analyzer: some minutes; .ci/run does it
tidy_lint := --checks=-clang-analyzer-*
tidy_analyze := --checks=-*,clang-analyzer-core.*,clang-analyzer-unix.*,clang-analyzer-deadcode.*
flags_analyze = $(if $(filter src/base/error.c,$<),,-include tools/analyze.h)
define tidy
$(linted_c:%=$(checked)/%.$(1)): $(checked)/%.c.$(1): %.c $(BUILD)/%.o .clang-tidy
	@mkdir -p $$(@D)
	$$(call say,TIDY,$$<)
	@clang-tidy --quiet '$(tidy_$(1))' $$< -- $$(cflags) $$(call simd_flags,$$<) $$(flags_$(1)) >$$@.tmp 2>&1 || true
	@! grep -E $$(if $$(V),.,'(warning|error):') $$@.tmp
	@mv $$@.tmp $$@
endef
$(eval $(call tidy,lint))
$(eval $(call tidy,analyze))

measure: ## report functions and files over the usual measures
	@tools/measure.sh $(filter %.c,$(c_files))

# --- install ---------------------------------------------------------------------------------------------------------

root = $(DESTDIR)$(PREFIX)
installed = $(root)/bin/mneme $(root)/include/mneme.h $(root)/lib/libmneme.a $(root)/lib/$(shared) \
	$(root)/lib/$(soname) $(root)/lib/libmneme.so $(root)/lib/pkgconfig/mneme.pc \
	$(root)/share/man/man1/mneme.1 $(root)/share/man/man3/mneme.3

install: all man ## into DESTDIR and PREFIX (/usr/local)
	install -d $(sort $(dir $(installed)))
	install -m 755 $(BUILD)/mneme $(root)/bin/
	install -m 644 include/mneme.h $(root)/include/
	install -m 644 $(BUILD)/libmneme.a $(BUILD)/$(shared) $(root)/lib/
	ln -sf $(shared) $(root)/lib/$(soname)
	ln -sf $(soname) $(root)/lib/libmneme.so
	sed -e 's,@PREFIX@,$(PREFIX),' -e 's,@VERSION@,$(version),' -e 's,@SQLITE@,$(sqlite_libs),' mneme.pc.in \
		>$(root)/lib/pkgconfig/mneme.pc
	install -m 644 $(BUILD)/man/mneme.1 $(root)/share/man/man1/
	install -m 644 man/mneme.3 $(root)/share/man/man3/

uninstall: ## remove what install has put there
	rm -f $(installed)

.PHONY: all model run test golden fuzz fuzz-targets bench coverage clean help check style layers headers symbols \
	format format-fix lint analyze measure man install uninstall FORCE
