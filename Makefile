# pullgate: one plain Makefile.  `make help` lists the targets.
#
#   B=DIR          build tree (default build)
#   SAN=1          address and undefined-behaviour sanitizers
#   STATIC_GRPC=0  link gRPC as shared libraries (slower to start)
#   WERROR=1       warnings are errors
#   V=1            show commands
#   ROOMS="…"      only these rooms of plugin/ (and policy) go into the library

B           ?= build
CC          ?= gcc
PREFIX      ?= /usr/local
STATIC_GRPC ?= 1
ROOMS       ?= base image trust signature http keys registry policy gate cri \
               daemon cli

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
else
OPT    := -O2 -g -D_FORTIFY_SOURCE=3
endif

PKGS     := libprotobuf-c openssl libsodium jansson yaml-0.1 libcurl libsystemd
CPPFLAGS += -D_GNU_SOURCE -Iplugin -I. -I$(B)/gen \
            -DPULLGATE_VERSION='"$(VERSION)"'
CFLAGS   += $(OPT) $(WARN) $(HARDEN) $(shell pkg-config --cflags $(PKGS))
LDFLAGS  += $(LDHARD) $(LDSAN) -Wl,--gc-sections -Wl,--as-needed

# grpc_unsecure.pc leaves out some of what a static link needs.
ifeq ($(STATIC_GRPC),1)
GRPC_LIBS := -Wl,-Bstatic -Wl,--start-group \
             $(filter -lgrpc% -lgpr -labsl%,$(shell pkg-config --static --libs grpc_unsecure)) \
             -lupb -laddress_sorting -lcares -lre2 -lz -Wl,--end-group \
             -lstdc++ -Wl,-Bdynamic
else
GRPC_LIBS := -lgrpc_unsecure -lgpr
endif
LDLIBS := $(shell pkg-config --libs $(PKGS)) $(GRPC_LIBS) -lpthread -lm

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
all: $(B)/pullgate ## build the program

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 18

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

$(B)/gen/%.pb-c.c: proto/%.proto
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

clean: ## remove what was built here (not the tools fetched for tests)
	rm -rf $(B)/obj $(B)/gen $(B)/unit $(B)/pullgate $(B)/libpullgate.a

.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
