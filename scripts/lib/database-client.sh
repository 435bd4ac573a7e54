# The client programs of MariaDB and MySQL, told of the database by a file that only this user can read
# and that lives as long as the caller. Meant to be sourced after mariadb.sh.
# shellcheck shell=bash

DATABASE_NAME=
CLIENT_OPTIONS_FILE=

# find_client NAME OLD_NAME: MariaDB's own name for a program, or the older one.
find_client() { find_mariadb "$1" || find_mariadb "$2"; }

# The address of the database the engine of this folder uses; nothing where none is known.
known_database_url() {
  if [ -n "${DATABASE_URL:-}" ]; then
    printf '%s\n' "$DATABASE_URL"
  else
    head -n 1 "${DATABASE_URL_FILE:-.data/database.url}" 2>/dev/null || true
  fi
}

# write_client_options URL: sets DATABASE_NAME and CLIENT_OPTIONS_FILE.
write_client_options() {
  CLIENT_OPTIONS_FILE=$(umask 077 && mktemp)
  DATABASE_NAME=$(
    node -e '
      const url = new URL(process.argv[1]);
      const value = (text) => JSON.stringify(decodeURIComponent(text));
      const socket = url.searchParams.get("socketPath");
      const way = socket === null
        ? `host=${value(url.hostname)}\nport=${url.port || 3306}`
        : `socket=${value(socket)}`;
      require("fs").writeFileSync(process.argv[2],
        `[client]\nuser=${value(url.username)}\npassword=${value(url.password)}\n${way}\n`);
      process.stdout.write(decodeURIComponent(url.pathname.slice(1)));
    ' "$1" "$CLIENT_OPTIONS_FILE"
  )
}

# database_client PROGRAM OLD_NAME ARGUMENT...: runs it on the database, ARGUMENTs before its name.
database_client() {
  local program
  program=$(find_client "$1" "$2") || fail "$1 is missing" 'apt-get install mariadb-client'
  shift 2
  "$program" --defaults-extra-file="$CLIENT_OPTIONS_FILE" "$@" "$DATABASE_NAME"
}
