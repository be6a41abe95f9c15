#!/bin/sh
# Put the site where the server looks for it, with the release filled in.
set -eu

mkdir -p "$ROOT"
for page in /tmp/site/*; do
    sed "s/@RELEASE@/$RELEASE/g" "$page" >"$ROOT/$(basename "$page")"
    echo "published $(basename "$page")"
done
chmod 0644 "$ROOT"/*
rm -r /tmp/site
find "$ROOT" -type f | sort
