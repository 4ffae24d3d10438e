#!/bin/sh
# The database of several servers, as a lab runs it: makes its cluster at the first start, then becomes the daemon.
# The cluster is seapoint's alone; who may come in, and from where, is in pg_hba.conf and pg_ident.conf beside us.
set -eu

configuration=/etc/postgresql/seapoint
home=/var/lib/postgresql
data=$home/seapoint
program=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1) # Debian keeps them apart, by version

as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

if [ ! -e $data ]; then
    rm -rf $data.new # of a start that was cut off
    as_postgres "$program/initdb" --pgdata $data.new --auth peer --encoding UTF8 --locale C.UTF-8 >&2
    printf 'CREATE ROLE seapoint LOGIN;\nCREATE DATABASE seapoint OWNER seapoint;\n' |
        as_postgres "$program/postgres" --single -D $data.new postgres >&2
    mv $data.new $data
fi
# the host's own certificate, which only root may read
install -o postgres -g postgres -m 0600 /etc/seapoint/tls/host.key $home/host.key
install -o postgres -g postgres -m 0644 /etc/seapoint/tls/host.pem /etc/seapoint/tls/ca.pem $home
exec setpriv --reuid=postgres --regid=postgres --init-groups "$program/postgres" -D $data \
    -c config_file=$configuration/postgresql.conf
