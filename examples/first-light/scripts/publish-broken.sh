#!/bin/sh
# Put the site where the server looks for it, with the release filled in.
# There is a mistake in here: the pages are not where the second command looks.
set -eu

mkdir -p "$ROOT"
sed "s/@RELEASE@/$RELEASE/g" /tmp/sites/index.html >"$ROOT/index.html"
echo "published index.html"
cp /tmp/site/style.css "$ROOT/style.css"
echo "published style.css"
chmod 0644 "$ROOT"/*
rm -r /tmp/site
find "$ROOT" -type f | sort
