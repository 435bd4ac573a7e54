# The folder with everything a clone makes, and the private MariaDB in it. Meant to be sourced after
# mariadb.sh, from the project's folder.
# shellcheck shell=bash

readonly DATA=.data

database_is_given() { [ -n "${DATABASE_URL:-}" ] || [ -n "${DATABASE_URL_FILE:-}" ]; }

# Secrets are readable by this user only. The folder itself can be passed through, because MariaDB
# runs as a user of its own in a subfolder.
prepare_data_folder() {
  mkdir -p "$DATA" && chmod 711 "$DATA"
  exec 9>"$DATA/start.lock"
  # What a killed start had just called may hold the lock a moment longer.
  flock -w 2 9 || fail 'another ./scripts/start is running in this folder' \
    'Stop that one first, or run a second node from a second clone with the same DATABASE_URL.'
  if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ] && [ ! -s "$DATA/secret.key" ]; then
    write_private "$DATA/secret.key" "$(random_hex 32)"
  fi
}

# write_private FILE TEXT: complete or not at all, and never readable by others in between.
write_private() {
  (umask 077 && printf '%s\n' "$2" >"$1.new") && mv "$1.new" "$1"
}

# The engine's database user may do anything to its own schema and nothing outside it.
start_private_database() {
  local password
  [ -s "$DATA/database.password" ] || write_private "$DATA/database.password" "$(random_hex 16)"
  password=$(cat "$DATA/database.password")
  say 'starting the private MariaDB'
  trap 'mariadb_stop' EXIT
  mariadb_start "$DATA/mysql" "$(
    printf '%s;\n' \
      'CREATE DATABASE IF NOT EXISTS ringledger CHARACTER SET utf8mb4' \
      "CREATE USER IF NOT EXISTS 'ringledger'@'localhost'" \
      "ALTER USER 'ringledger'@'localhost' IDENTIFIED BY '$password'" \
      "GRANT ALL PRIVILEGES ON ringledger.* TO 'ringledger'@'localhost'"
  )"
  export DATABASE_URL="mysql://ringledger:$password@localhost/ringledger?socketPath=$(url_encode "$MARIADB_SOCKET")"
  # Read by every other command started from this folder.
  write_private "$DATA/database.url" "$DATABASE_URL"
}
