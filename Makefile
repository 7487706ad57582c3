# Builds, tests and installs ringutils as Unix packages are:
#
#   make                                    builds the commands as they are released
#   make check                              runs the tests
#   sudo make install                       commands, manual pages, completions, below /usr/local
#   make install PREFIX=$HOME/.local        the same, for yourself
#   make install PREFIX=/usr DESTDIR=stage  the same, below the folder stage, for makers of packages
#   make uninstall                          removes what install has put there, given the same variables
#   make install-dropin DIR=$HOME/drop-in   a folder of links, cat, cp, tail, sha256sum, …, to put in front of PATH
#   make uninstall-dropin DIR=…             removes them
#   make deb                                a Debian package, by cargo-deb (cargo install cargo-deb)
#
# TARGET=x86_64-unknown-linux-musl builds, and installs what was built, for another target than this machine's own.

PREFIX ?= /usr/local
DESTDIR ?=
DIR ?=
prefix ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
datarootdir ?= $(prefix)/share
datadir ?= $(datarootdir)
mandir ?= $(datarootdir)/man
man1dir ?= $(mandir)/man1
man7dir ?= $(mandir)/man7
bashcompletiondir ?= $(datadir)/bash-completion/completions
zshcompletiondir ?= $(datadir)/zsh/site-functions
fishcompletiondir ?= $(datadir)/fish/vendor_completions.d

INSTALL ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 755
INSTALL_DATA ?= $(INSTALL) -m 644
STRIP ?= strip
CARGO ?= cargo
CARGOFLAGS ?= --locked
CARGO_TARGET_DIR ?= target
TARGET ?= $(CARGO_BUILD_TARGET)

tools := ucat ucp uhash usplice utail
sums := cksum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum b3sum sum
# What stands in for what.
dropins := cat=ucat cp=ucp tail=utail $(sums:%=%=uhash)

# Each recipe is one script that stops at the first error. Paths reach it through the environment: they may have blanks.
SHELL = /bin/sh
.SHELLFLAGS = -euc
.ONESHELL:
.SUFFIXES:
.PHONY: all check deb install uninstall install-dropin uninstall-dropin
export DESTDIR DIR CARGO_TARGET_DIR TARGET bindir man1dir man7dir
export bashcompletiondir zshcompletiondir fishcompletiondir

# `release` is where cargo puts commands: a target is always named (.cargo/config.toml does), so it is part of the path.
# Root may have no rustc.
define find_release
target=$${TARGET#host-tuple}
[ -n "$$target" ] || target=$$(rustc -vV 2>/dev/null | sed -n 's/^host: //p')
[ -n "$$target" ] || target=$$(uname -m)-unknown-linux-gnu
release=$$CARGO_TARGET_DIR/$$target/release
endef

# The commands get the time of this build even if there was nothing to do: `install` looks at it.
define build
$(CARGO) build --release $(CARGOFLAGS) --bins --target "$$target" --target-dir "$$CARGO_TARGET_DIR"
for tool in $(tools); do touch "$$release/$$tool"; done
endef

# What install puts where, a line each; uninstall removes the same.
define files
for tool in $(tools); do
    echo "program $$tool $$bindir/$$tool"
    echo "data man/$$tool.1 $$man1dir/$$tool.1"
    echo "data completions/bash/$$tool $$bashcompletiondir/$$tool"
    echo "data completions/zsh/_$$tool $$zshcompletiondir/_$$tool"
    echo "data completions/fish/$$tool.fish $$fishcompletiondir/$$tool.fish"
done
echo "data man/ringutils.7 $$man7dir/ringutils.7"
endef

all:
	@$(find_release)
	$(build)

check:
	$(CARGO) test

# By itself, cargo-deb looks for commands where they are without a target.
deb:
	@$(find_release)
	$(build)
	$(CARGO) deb --no-build --target "$$target"

# Builds only what is missing, or older than the sources: root, who installs, should own nothing below this folder.
install:
	@$(find_release)
	for tool in $(tools); do
	    if [ ! -x "$$release/$$tool" ] ||
	        [ -n "$$(find src Cargo.toml Cargo.lock .cargo -newer "$$release/$$tool" | head -n 1)" ]; then
	        if [ -n "$${SUDO_UID:-}" ] || ! command -v $(firstword $(CARGO)) >/dev/null; then
	            echo "$$release/$$tool is missing or out of date. First build it, as yourself: make" >&2
	            exit 1
	        fi
	        $(build)
	        break
	    fi
	done
	{
	$(files)
	} | while read -r how from to; do
	    $(INSTALL) -d -m 755 "$$DESTDIR$${to%/*}"
	    case $$how in
	        program)
	            $(INSTALL_PROGRAM) "$$release/$$from" "$$DESTDIR$$to"
	            # What `cargo bench` has built is the same but for names and lines, which are for profilers.
	            $(STRIP) "$$DESTDIR$$to" 2>/dev/null || :
	            ;;
	        data) $(INSTALL_DATA) "$$from" "$$DESTDIR$$to" ;;
	    esac
	done
	echo "Installed: $(tools) in $$DESTDIR$$bindir, with manual pages and completions."

# Folders stay: others may use them.
uninstall:
	@{
	$(files)
	} | while read -r how from to; do
	    rm -f "$$DESTDIR$$to"
	done

# Sets `tool` and `name` from one of `dropins`, and tells whether there is a link of ours by that name.
define is_ours
is_ours() {
    name=$${1%%=*} tool=$${1#*=}
    [ -L "$$name" ] || return 1
    leads_to=$$(readlink "$$name")
    [ "$${leads_to##*/}" = "$$tool" ]
}
endef

# Nothing is changed unless everything can be.
install-dropin:
	@$(is_ours)
	refuse() {
	    echo "install-dropin: $$1" >&2
	    exit 1
	}
	[ -n "$$DIR" ] || refuse 'which folder? make install-dropin DIR=…'
	case $$bindir in /*) ;; *) refuse "links need a whole path, not $$bindir" ;; esac
	for tool in $(tools); do
	    [ -x "$$bindir/$$tool" ] || refuse "there is no $$bindir/$$tool to lead to: first make install"
	done
	mkdir -p -- "$$DIR"
	cd -- "$$DIR"
	here=$$(pwd -P)
	for system in /bin /sbin /usr/bin /usr/sbin; do
	    [ "$$here" != "$$(cd "$$system" 2>/dev/null && pwd -P)" ] || refuse "$$DIR is where the system's own commands are"
	done
	for pair in $(dropins); do
	    if is_ours "$$pair"; then continue; fi
	    if [ -e "$$name" ] || [ -L "$$name" ]; then refuse "$$DIR/$$name is there, and is no link of ours"; fi
	done
	for pair in $(dropins); do
	    if is_ours "$$pair"; then rm -- "$$name"; fi
	    ln -s -- "$$bindir/$$tool" "$$name"
	done
	echo "Made links: $(foreach pair,$(dropins),$(firstword $(subst =, ,$(pair)))). To use them:"
	echo
	echo "    export PATH='$$here':\$$PATH"
	echo
	echo 'WARNING: from then on these names are ringutils, not GNU'\''s commands, in that shell and in all that is started'
	echo 'from it: scripts, builds, installers. Try it in one shell first. Keep the folder out of the PATH of root and of'
	echo 'the system, so that the real ones are at hand when they are needed; /bin/cat is the real one in any case.'
	echo "To undo it: make uninstall-dropin DIR='$$here'"

uninstall-dropin:
	@$(is_ours)
	[ -n "$$DIR" ] || { echo 'uninstall-dropin: which folder? make uninstall-dropin DIR=…' >&2; exit 1; }
	cd -- "$$DIR"
	for pair in $(dropins); do
	    if is_ours "$$pair"; then rm -- "$$name"; fi
	done
