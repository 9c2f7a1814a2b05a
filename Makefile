# pullgate: one plain Makefile.  `make help` lists the targets.
#
#   B=DIR          build tree (default build)
#   SAN=1          address and undefined-behaviour sanitizers
#   SAN=thread     thread sanitizer (with STATIC_GRPC=0: gRPC is not built for it)
#   STATIC_GRPC=0  link gRPC as shared libraries (slower to start)
#   WERROR=1       warnings are errors
#   V=1            show commands
#   ROOMS="…"      only these rooms of plugin/ (and policy) go into the library

B           ?= build
CC          ?= gcc
PREFIX      ?= /usr/local
STATIC_GRPC ?= 1
ROOMS       ?= base image trust signature http keys registry policy gate cri \
               node daemon cli

VERSION     := 0.1.0
Q           := $(if $(V),,@)
say          = @$(if $(V),:,printf '  %-7s %s\n' $(1) $(2))

WARN := -std=gnu11 -Wall -Wextra -Wformat=2 -Wshadow -Wconversion \
        -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wcast-qual -Wcast-align=strict -Wundef -Wvla \
        -Walloca -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference \
        -Wunused-macros $(if $(WERROR),-Werror)
HARDEN := -fstack-protector-strong -fstack-clash-protection \
          -fcf-protection=full -fPIE -ftrivial-auto-var-init=zero
LDHARD := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
ifeq ($(SAN),1)
OPT    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
          -fno-sanitize-recover=all
LDSAN  := -fsanitize=address,undefined
else ifeq ($(SAN),thread)
OPT    := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDSAN  := -fsanitize=thread
else
OPT    := -O2 -g -D_FORTIFY_SOURCE=3
endif

PKGS     := libprotobuf-c openssl libsodium jansson yaml-0.1 libcurl libsystemd \
            libmicrohttpd libpcre2-8
CPPFLAGS += -D_GNU_SOURCE -Iplugin -I. -I$(B)/gen \
            -DPULLGATE_VERSION='"$(VERSION)"'
CFLAGS   += $(OPT) $(WARN) $(HARDEN) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDFLAGS  += $(LDHARD) $(LDSAN) -Wl,--gc-sections -Wl,--as-needed

# grpc_unsecure.pc leaves out some of what a static link needs.
ifeq ($(STATIC_GRPC),1)
GRPC_LIBS := -Wl,-Bstatic -Wl,--start-group \
             $(filter -lgrpc% -lgpr -labsl%,$(shell pkg-config --static --libs grpc_unsecure 2>/dev/null)) \
             -lupb -laddress_sorting -lcares -lre2 -lz -Wl,--end-group \
             -lstdc++ -Wl,-Bdynamic
else
GRPC_LIBS := -lgrpc_unsecure -lgpr
endif
LDLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) $(GRPC_LIBS) -lpthread -lm

PROTOS   := $(wildcard proto/*.proto)
GEN_C    := $(PROTOS:proto/%.proto=$(B)/gen/%.pb-c.c)
SRCS     := $(foreach r,$(ROOMS),$(if $(filter policy,$(r)),\
             $(wildcard policy/*.c),$(wildcard plugin/$(r)/*.c)))
MAIN     := plugin/cli/main.c
OBJS     := $(patsubst %.c,$(B)/obj/%.o,$(filter-out $(MAIN),$(SRCS)))
GEN_OBJS := $(GEN_C:$(B)/gen/%.c=$(B)/obj/gen/%.o)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNITS    := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

.PHONY: all help clean unit
all: ## build the program, after seeing to the packages
	@tests/tools/packages build
	@+$(MAKE) --no-print-directory $(B)/pullgate

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 14

$(B)/pullgate: $(B)/obj/$(MAIN:.c=.o) $(B)/libpullgate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libpullgate.a: $(OBJS) $(GEN_OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/obj/%.o: %.c | $(GEN_C)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Generated code answers to protobuf-c's own taste in warnings.
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(OPT) $(HARDEN) -w -MMD -MP -c -o $@ $<

$(B)/gen/%.pb-c.c: proto/%.proto $(PROTOS)
	$(call say,PROTO,$<)
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=proto --c_out=$(@D) $<

unit: $(UNITS) ## build the unit tests

$(B)/unit/%: $(B)/obj/tests/unit/%.o $(B)/libpullgate.a
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Tools of the tests.
$(B)/gen/cri_client.pb-c.c: tests/tools/cri_client.proto
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=tests/tools --c_out=$(@D) $<

$(B)/obj/tests/tools/criclient.o: $(B)/gen/cri_client.pb-c.c

$(B)/criclient: $(B)/obj/tests/tools/criclient.o \
                $(B)/obj/gen/cri_client.pb-c.o $(B)/libpullgate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDEXPANSION:
$(B)/tools/%: $$(wildcard tests/tools/$$*/*.go)
	$(call say,GO,$(<D))
	@mkdir -p $(@D)
	$(Q)cd $(<D) && GO111MODULE=off GOPATH=/usr/share/gocode \
	  GOCACHE=$(CURDIR)/build/tools/gocache go build -o $(CURDIR)/$@ .

$(B)/bench-splice: $(B)/obj/tests/bench/splice.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(B)/bench-load: $(B)/obj/tests/bench/load.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(GRPC_LIBS) -lpthread -lm

$(B)/bench-bundle: $(B)/obj/tests/bench/bundle.o $(B)/libpullgate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/bench-evidence: $(B)/obj/tests/bench/evidence.o $(B)/libpullgate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/bench-match: $(B)/obj/tests/bench/match.o $(B)/libpullgate.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# What needs packages says so first; the rest is left to a make that finds them.
.PHONY: packages-build packages-demo packages-test packages-bench demo test \
        check lint fuzz conformance bench bench-policies bench-keyless bench-create soak tsan test-build install uninstall deb image
packages-build packages-demo packages-test packages-bench: packages-%:
	@tests/tools/packages $*

demo: packages-demo ## the main job on real parts: one image admitted, two refused
	@tests/tools/fetch runc docker-registry containerd-1.6 cosign-2.5
	@+$(MAKE) --no-print-directory build/pullgate build/criclient
	@tests/demo

test: packages-test ## build with sanitizers and run every test
	@tests/tools/fetch
	@+$(MAKE) --no-print-directory B=build/san SAN=1 WERROR=1 test-build
	@+$(MAKE) --no-print-directory B=build/tsan SAN=thread STATIC_GRPC=0 build/tsan/pullgate
	@+$(MAKE) --no-print-directory build/tools/badregistry \
	  build/tools/goclient build/tools/relaypeers build/tools/crio \
	  build/tools/imageproxy
	@B=build/san tests/run

test-build: $(B)/pullgate $(B)/criclient $(B)/bench-match $(B)/bench-bundle $(B)/bench-evidence $(UNITS)

check: test-build build/tools/badregistry ## unit tests of this build tree alone
	@B=$(B) tests/run unit

lint: packages-test ## format, layers, banned calls, scripts
	@tests/lint/run

fuzz: packages-test ## fuzz every parser, FUZZ_SECONDS each (60)
	@tests/fuzz/run $(or $(FUZZ_SECONDS),60)

conformance: packages-build ## run a folder of bundles, VECTORS=DIR, as sigstore's suite does
	@+$(MAKE) --no-print-directory build/pullgate
	@tests/conformance/run build/pullgate \
	  $(or $(VECTORS),../shared/vectors/sigstore-conformance)

tsan: packages-test ## the relay's tests under the thread sanitizer
	@+$(MAKE) --no-print-directory B=build/tsan SAN=thread STATIC_GRPC=0 \
	  build/tsan/pullgate
	@+$(MAKE) --no-print-directory build/tools/relaypeers
	@tests/run tsan

bench: packages-bench ## measure the relay beside direct, splice and HAProxy
	@tests/tools/fetch runc containerd-2.1
	@+$(MAKE) --no-print-directory build/pullgate build/criclient \
	  build/bench-splice build/bench-load build/tools/relaybench
	@tests/bench/relay

bench-policies: packages-build ## measure matching against 1 to 10,000 policies
	@+$(MAKE) --no-print-directory build/bench-match build/bench-evidence
	@rm -rf build/bench/policies && mkdir -p build/bench
	@build/bench-match build/bench/policies
	@build/bench-evidence policy/examples/keyed.yaml \
	  policy/examples/tests/evidence/signed.json registry.example.com/shop/web

bench-keyless: packages-bench ## measure one keyless bundle, beside cosign
	@tests/tools/fetch cosign-3.1
	@+$(MAKE) --no-print-directory build/pullgate build/bench-bundle
	@tests/bench/keyless

bench-create: packages-bench ## measure what the create gate adds
	@tests/tools/fetch runc docker-registry containerd-2.1 cosign-2.5 busybox
	@+$(MAKE) --no-print-directory build/pullgate build/criclient \
	  build/tools/createbench
	@tests/bench/create

soak: packages-test ## kill and restart the runtime, SOAK_SECONDS (300)
	@+$(MAKE) --no-print-directory B=build/san SAN=1 build/san/pullgate \
	  build/tools/relaypeers
	@build/tools/relaypeers -pullgate build/san/pullgate -dir build/e2e/soak \
	  -soak $(or $(SOAK_SECONDS),300)

# What is installed beside the program: source:destination, below DESTDIR.
SHARE   := $(PREFIX)/share
DOCDIR  := $(SHARE)/doc/pullgate
ZSHDIR  ?= $(SHARE)/zsh/site-functions
GIVEN   := \
  $(foreach f,pullgate.service pullgate.socket,systemd/$f:$(PREFIX)/lib/systemd/system/$f) \
  $(foreach d,sysusers tmpfiles,systemd/pullgate.$d:$(PREFIX)/lib/$d.d/pullgate.conf) \
  $(foreach f,$(wildcard plugin/deploy/man/*.1),$f:$(SHARE)/man/man1/$(notdir $f)) \
  $(foreach f,$(wildcard plugin/deploy/man/*.5),$f:$(SHARE)/man/man5/$(notdir $f)) \
  plugin/deploy/completion/pullgate.bash:$(SHARE)/bash-completion/completions/pullgate \
  plugin/deploy/completion/pullgate.zsh:$(ZSHDIR)/_pullgate \
  plugin/deploy/completion/pullgate.fish:$(SHARE)/fish/vendor_completions.d/pullgate.fish \
  $(foreach f,README.md policy/LANGUAGE.md plugin/deploy/config.yaml \
    $(wildcard policy/schema/*.json),$f:$(DOCDIR)/$(notdir $f)) \
  $(foreach f,$(sort $(shell find policy/examples -type f)),$f:$(DOCDIR)/$(f:policy/%=%)) \
  $(foreach f,dashboard.json alerts.yaml,plugin/deploy/monitoring/$f:$(DOCDIR)/monitoring/$f) \
  $(foreach f,containerd/pullgate.toml crio/10-pullgate.conf,plugin/deploy/$f:$(DOCDIR)/$f)
MADE    := $(DOCDIR)/.directories

install: $(B)/pullgate ## install program, units, man pages, examples (DESTDIR, PREFIX)
	@new=; for given in $(B)/pullgate:$(PREFIX)/bin/pullgate $(GIVEN); do \
	  dir=$${given#*:}; to="$(DESTDIR)$$dir"; mode=0644; echo "install $$to"; \
	  while dir=$${dir%/*}; [ -n "$$dir" ] && [ ! -d "$(DESTDIR)$$dir" ]; do \
	    new="$$new $$dir"; \
	  done; \
	  case $$given in *:*/bin/pullgate) mode=0755 ;; esac; \
	  install -D -m $$mode "$${given%%:*}" "$$to" || exit 1; \
	  case $$given in \
	  systemd/*|*/man/*) sed -i 's|/usr/local|$(PREFIX)|g' "$$to" || exit 1 ;; \
	  */containerd/*) sed -i 's|/usr/local/bin|$(PREFIX)/bin|g' "$$to" || exit 1 ;; \
	  esac; \
	done; \
	[ -z "$$new" ] || printf '%s\n' $$new >>"$(DESTDIR)$(MADE)"

# Directories that install made go if nobody else has put anything into them.
uninstall: ## remove what install put there
	@test -n "$(DESTDIR)" || test ! -e /var/lib/pullgate/node.json || { \
	  echo "the kubelet asks pullgate: pullgate node disable --restart" >&2; exit 1; }
	@made=$$(sort -ru "$(DESTDIR)$(MADE)" 2>/dev/null); \
	for to in $(PREFIX)/bin/pullgate $(foreach g,$(GIVEN),$(lastword $(subst :, ,$g))) $(MADE); do \
	  echo "remove $(DESTDIR)$$to"; rm -f "$(DESTDIR)$$to" || exit 1; \
	done; \
	for dir in $$made; do rmdir "$(DESTDIR)$$dir" 2>/dev/null; done; true

DEB_VERSION ?= $(VERSION)
deb: $(B)/pullgate ## make a Debian package (DEB_VERSION, DEB_MAINTAINER)
	@MAKE='$(MAKE)' B=$(B) plugin/deploy/debian/build $(DEB_VERSION)

# The same inputs, the same digest: every date in it is the last commit's.
IMAGE    ?= $(B)/image
$(B)/unitctl: $(B)/obj/plugin/deploy/kubernetes/unitctl.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lsystemd

image: packages-build ## write the container image, an OCI layout, to IMAGE (build/image)
	@tests/tools/packages image
	@tests/tools/fetch busybox
	@+$(MAKE) --no-print-directory $(B)/pullgate $(B)/unitctl
	@SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	  REVISION=$$(git rev-parse HEAD)$$(git diff --quiet HEAD || echo +changed) VERSION=$(VERSION) \
	  plugin/deploy/image/make-image $(B)/pullgate $(B)/unitctl $(IMAGE)

clean: ## remove what was built (not the tools fetched for tests)
	rm -rf $(B)/obj $(B)/gen $(B)/unit $(B)/pullgate $(B)/libpullgate.a \
	  $(B)/criclient build/san build/e2e build/demo build/results build/fuzz

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
