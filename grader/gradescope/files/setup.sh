#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. HW4_ROOT and HW4_ENVIRONMENT exist for tests.
set -euo pipefail

root="${HW4_ROOT:-/autograder}"
source="$root/source"
# Outside of the folder that is closed below: student code may read Python's own files, and nothing of ours.
environment="${HW4_ENVIRONMENT:-/opt/hw4}"

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$name"
            return
        fi
    done
    return 1
}

if ! python="$(find_python)"; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends python3.11 python3.11-venv \
        || apt-get install -y --no-install-recommends python3 python3-venv
    python="$(find_python)"
fi

"$python" -m venv "$environment"
"$environment/bin/python" -m pip install --no-cache-dir --disable-pip-version-check -r "$source/requirements.txt"

# Solutions, hidden tests and results are for the grader only.
chmod -R go= "$source/package"

# Grade the reference and the handout now, so that no submission waits for it. A build may be confined
# otherwise than a run: what fails here is tried again, and told, when a submission is graded.
HW4_ROOT="$root" HW4_PYTHON="$environment/bin/python" bash "$source/run_autograder" --prepare \
    || echo "hw4-grade: the preflight did not pass in the build; it is repeated with every submission" >&2
