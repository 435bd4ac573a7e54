# A private MariaDB: found or installed, initialised, started, stopped. Meant to be sourced after
# output.sh, from the project's folder. Only the caller's user and root can reach its socket, and it
# opens no port.
# shellcheck shell=bash

# Where Debian and others keep the server; the directories are not in every user's PATH.
readonly MARIADB_PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec"

# Longest path of a Unix socket on Linux.
readonly SOCKET_PATH_MAX=107

MARIADB_PID=
MARIADB_SOCKET=
MARIADB_SOCKET_FOLDER=

find_mariadb() { PATH=$MARIADB_PATH command -v "$1" 2>/dev/null; }

# Installs Debian's server when there is none. Needs root and apt; otherwise says what to do.
require_mariadb() {
  [ -n "$(find_mariadb mariadbd)" ] && [ -n "$(find_mariadb mariadb-install-db)" ] && return 0
  local advice=(
    'Either have it installed:      sudo apt-get install mariadb-server'
    'or name a server of your own:  DATABASE_URL=mysql://user:password@host:3306/name'
    '(MariaDB 10.6 or newer, or MySQL 8.0 or newer, with an empty database of that name).'
  )
  command -v apt-get >/dev/null 2>&1 || fail 'MariaDB is missing, and so is apt-get' "${advice[@]}"
  [ "$(id -u)" -eq 0 ] || fail 'MariaDB is missing, and only root can install it' "${advice[@]}"
  say "installing Debian's mariadb-server"
  apt_install_quietly mariadb-server || fail 'apt-get could not install mariadb-server' "${advice[@]}"
}

# What three servers that agree need besides: the replication library, and how they copy to each other.
require_galera() {
  local library command
  for library in /usr/lib/galera /usr/lib64/galera-4 /usr/lib; do
    [ ! -e "$library/libgalera_smm.so" ] || break
  done
  [ -e "$library/libgalera_smm.so" ] || fail 'the Galera library is missing' \
    'Have it installed:  sudo apt-get install galera-4'
  for command in rsync ss wsrep_sst_rsync; do
    [ -n "$(find_mariadb "$command")" ] || fail "$command is missing, with which servers copy their data" \
      'Have them installed:  sudo apt-get install rsync iproute2 mariadb-server'
  done
}

# Debian starts what it installs unless policy-rc.d says no. The server wanted here is a private one,
# so the distribution's service is neither started now nor at the next boot.
apt_install_quietly() {
  local policy=/usr/sbin/policy-rc.d ours=no result=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=yes
  fi
  {
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"
  } >&2 || result=$?
  [ "$ours" = no ] || rm -f "$policy"
  if [ "$result" -eq 0 ] && command -v systemctl >/dev/null 2>&1; then
    systemctl --quiet disable --now mariadb.service >/dev/null 2>&1 || true
  fi
  return "$result"
}

# mariadb_start FOLDER INIT_SQL [OPTION...]: initialises FOLDER when it is new, starts a server on it
# that runs INIT_SQL (one statement a line) and waits until it answers. Sets MARIADB_PID and
# MARIADB_SOCKET. The server is in a session of its own, so that Ctrl-C reaches the caller only and
# things can be stopped in order.
mariadb_start() {
  local folder=$1 init_sql=$2 user log
  shift 2
  mkdir -p "$folder" && folder=$(cd "$folder" && pwd -P)
  mariadb_stop_leftover "$folder"
  user=$(mariadb_prepare_folder "$folder")
  log="$folder/mariadbd.log"
  [ -d "$folder/data/mysql" ] || mariadb_initialise "$folder" "$user"
  mariadb_choose_socket "$folder" "$user"
  mariadb_write_init_file "$folder" "$user" "$init_sql"
  # A starting server deletes the temporary tables it finds, also those of another server that uses the
  # same folder for them: this one has a folder of its own. Descriptor 9 is the caller's lock, which a
  # server that outlives a killed caller must not hold.
  setsid "$(find_mariadb mariadbd)" --defaults-file="$PWD/scripts/lib/mariadb.cnf" \
    --datadir="$folder/data" --socket="$MARIADB_SOCKET" --pid-file="$folder/mariadbd.pid" \
    --tmpdir="$folder/tmp" --init-file="$folder/init.sql" --user="$user" "$@" >>"$log" 2>&1 9>&- &
  MARIADB_PID=$!
  node scripts/lib/wait-for-mariadb.mjs "$MARIADB_SOCKET" "$MARIADB_PID" || {
    show_tail "$log"
    mariadb_stop
    fail 'the private MariaDB did not start' "Its log is $log"
  }
  rm -f "$folder/init.sql"
}

# Waits as long as it takes to flush, within reason: a killed server recovers, only more slowly.
mariadb_stop() {
  [ -n "$MARIADB_PID" ] || return 0
  stop_process "$MARIADB_PID" 60
  MARIADB_PID=
  [ -z "$MARIADB_SOCKET_FOLDER" ] || rm -rf "$MARIADB_SOCKET_FOLDER"
  MARIADB_SOCKET_FOLDER=
}

# stop_process PID SECONDS: SIGTERM, and SIGKILL to what has not ended by then. Fails if it had to.
stop_process() {
  local pid=$1 left=$(($2 * 10))
  kill -TERM "$pid" 2>/dev/null || return 0
  while process_runs "$pid"; do
    if [ "$left" -le 0 ]; then
      kill -KILL "$pid" 2>/dev/null
      return 1
    fi
    left=$((left - 1))
    # A second Ctrl-C ends the sleep, and must not end the caller with it.
    sleep 0.1 || true
  done
}

# An ended child that nobody waited for still has a pid, so asking for the pid alone would wait for
# ever; /proc tells. `ps` is missing from small images.
process_runs() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  case "${stat##*) }" in [ZX]*) return 1 ;; esac
}

# A caller that was killed outright leaves its server behind. It is told from any other process that
# got the same number by the data folder in its command line.
mariadb_stop_leftover() {
  local pid_file="$1/mariadbd.pid" pid
  pid=$(cat "$pid_file" 2>/dev/null) || return 0
  [ -n "$pid" ] || return 0
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "--datadir=$1/data" || return 0
  say 'stopping the database that an earlier start left behind'
  stop_process "$pid" 60 || true
}

# mariadbd refuses to be root by accident. As root it becomes the mysql user, if that one exists and
# can get to the folder; below a folder such as /root it cannot, and then the server stays root.
# Prints the user; the folder's contents belong to that user afterwards.
mariadb_prepare_folder() {
  local folder=$1 user
  mkdir -p "$folder/tmp"
  chmod 700 "$folder" "$folder/tmp"
  if [ "$(id -u)" -ne 0 ]; then
    id -un
    return
  fi
  user=root
  if id mysql >/dev/null 2>&1; then
    chown mysql: "$folder"
    if setpriv --reuid=mysql --regid=mysql --clear-groups -- test -w "$folder" 2>/dev/null; then
      user=mysql
    fi
  fi
  [ "$(stat -c %U "$folder/data" 2>/dev/null)" = "$user" ] || chown -R "$user": "$folder"
  chown "$user": "$folder" "$folder/tmp"
  printf '%s\n' "$user"
}

# Made beside its place and moved there when complete, so that an interrupted start leaves nothing
# that looks like a database.
mariadb_initialise() {
  local folder=$1 user=$2
  say 'making a new database'
  rm -rf "$folder/data.new"
  (
    # The installer looks for its helpers by PATH.
    PATH=$MARIADB_PATH
    mariadb-install-db --no-defaults --datadir="$folder/data.new" --user="$user" \
      --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
      --skip-name-resolve --skip-test-db >"$folder/install.log" 2>&1
  ) || {
    show_tail "$folder/install.log"
    fail 'mariadb-install-db failed' "Its log is $folder/install.log"
  }
  # The server makes its logs again, in the configured size, after this clean end of the installer.
  mv "$folder/data.new" "$folder/data"
}

mariadb_choose_socket() {
  MARIADB_SOCKET="$1/mysql.sock"
  [ "${#MARIADB_SOCKET}" -gt "$SOCKET_PATH_MAX" ] || return 0
  MARIADB_SOCKET_FOLDER=$(TMPDIR=/tmp mktemp -d -t ringledger.XXXXXXXX)
  [ "$(id -u)" -ne 0 ] || chown "$2": "$MARIADB_SOCKET_FOLDER"
  MARIADB_SOCKET="$MARIADB_SOCKET_FOLDER/mysql.sock"
}

# Holds a password until the server has read it.
mariadb_write_init_file() {
  (umask 077 && printf '%s\n' "$3" >"$1/init.sql")
  [ "$(id -u)" -ne 0 ] || chown "$2": "$1/init.sql"
}

# A password for a database user of ours: letters and digits only, safe in SQL and in a URL.
random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

url_encode() { node -p 'encodeURIComponent(process.argv[1])' "$1"; }
