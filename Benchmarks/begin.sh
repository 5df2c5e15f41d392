# What the benchmarks begin with: their help, the tree's set-up, the binary, and the servers that Tarn is measured against, each
# in a place of its own under .setup/peers. Sourced, not run.
source scripts/lib.sh

# begin SCRIPT ARGUMENTS...: shows the head of the script for --help; sets up and builds otherwise.
begin() {
    local script="$1" argument
    shift
    for argument in "$@"; do
        case "$argument" in
            -h | --help)
                sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$script"
                exit
                ;;
        esac
    done
    printf 'Setting up\n'
    scripts/setup --benchmarks
    # TARN_BINARY names a binary to measure instead of this tree's release build.
    [ -n "${TARN_BINARY:-}" ] || scripts/build-release
    export TARN_BINARY="${TARN_BINARY:-$TARN_HOME/.build/release/tarn}"
}

# python_peer NAME PINS PROGRAM: a Python environment with exactly the packages of PINS.
python_peer() {
    local name="$1" pins="$2" program="$3" peer="$SETUP_DIR/peers/$1" key
    key="$(sha256sum "$pins" | cut -d' ' -f1) $peer"
    stamped "$name" "$key" && [ -x "$peer/bin/$program" ] && return
    rm -rf "$peer"
    mkdir -p "$SETUP_DIR/peers"
    step "$name's environment" "$VENV/bin/python" -m venv "$peer"
    step "$name" "$peer/bin/python" -m pip install --disable-pip-version-check -q --no-deps -r "$pins"
    stamp "$name" "$key"
}

# Debian's nginx, unpacked and not installed: the machine gets no service of it.
nginx_peer() {
    local peer="$SETUP_DIR/peers/nginx"
    [ -x "$peer/usr/sbin/nginx" ] && return
    rm -rf "$peer"
    mkdir -p "$peer"
    step "nginx" unpack_nginx "$peer"
}

unpack_nginx() {
    (cd "$1" && apt-get download nginx && dpkg -x nginx_*.deb . && rm nginx_*.deb && usr/sbin/nginx -v)
}
