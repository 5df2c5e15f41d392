# Shared by run, test and scripts/*: where things are, and how progress is shown. Sourced, not run.

TARN_HOME="${TARN_HOME:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}"
export TARN_HOME
SETUP_DIR="$TARN_HOME/.setup"
VENV="$SETUP_DIR/venv"
unset PYTHONHOME

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# step NAME COMMAND...: runs the command with its output in .setup/logs, prints one line with the seconds it took;
# a failure shows the end of the log. NAME is also the log's name.
step() {
    local name="$1" began="$SECONDS" log
    shift
    mkdir -p "$SETUP_DIR/logs"
    log="$SETUP_DIR/logs/${name//[^A-Za-z0-9]/-}.log"
    printf '  %-44s' "$name"
    if "$@" >"$log" 2>&1; then
        printf '%5d s\n' "$((SECONDS - began))"
    else
        local code=$?
        printf '%5d s  FAILED\n' "$((SECONDS - began))"
        tail -n 40 "$log" >&2
        printf 'whole log: %s\n' "$log" >&2
        return "$code"
    fi
}

# stamped NAME HASH: whether the step NAME was last done for exactly HASH.
stamped() {
    [ -f "$SETUP_DIR/stamps/$1" ] && [ "$(cat "$SETUP_DIR/stamps/$1")" = "$2" ]
}

stamp() {
    mkdir -p "$SETUP_DIR/stamps"
    printf '%s' "$2" >"$SETUP_DIR/stamps/$1"
}

# swift_build LABEL ARGUMENTS...: builds with Swift's own progress on a terminal, and a line every 30 seconds elsewhere.
swift_build() {
    local label="$1" began="$SECONDS" log
    shift
    mkdir -p "$SETUP_DIR/logs"
    log="$SETUP_DIR/logs/${label//[^A-Za-z0-9]/-}.log"
    if [ -t 1 ]; then
        swift build --package-path "$TARN_HOME" "$@" 2>&1 | tee "$log"
    else
        (
            exec </dev/null
            while sleep 30; do
                printf '    %s: %d s, %s\n' "$label" "$((SECONDS - began))" "$(tail -n 1 "$log" | cut -c1-100)"
            done
        ) &
        local ticker=$! code=0
        swift build --package-path "$TARN_HOME" "$@" >"$log" 2>&1 || code=$?
        kill "$ticker" 2>/dev/null || true
        wait "$ticker" 2>/dev/null || true
        if [ "$code" -ne 0 ]; then
            grep -E 'error:' "$log" | head -n 20 >&2 || true
            tail -n 20 "$log" >&2
            return "$code"
        fi
    fi
    printf '  %-44s%5d s\n' "$label" "$((SECONDS - began))"
}
