#!/bin/sh
# At the very first start: a role for PowerAutomation that is no superuser, as superusers pass the database's wall between
# organizations (row-level security), and a database it owns.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE powerautomation LOGIN PASSWORD :'password';
CREATE DATABASE powerautomation OWNER powerautomation;
SQL
