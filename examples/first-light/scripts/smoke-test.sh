#!/bin/sh
# Start the server as the image will, fetch a page, stop it again.
set -eu

httpd -f -p "127.0.0.1:$PORT" -h "$ROOT" &
server=$!
trap 'kill $server' EXIT

tries=50
until wget -q -O /tmp/page "http://127.0.0.1:$PORT/index.html"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { echo "no answer on port $PORT" >&2; exit 1; }
    sleep 0.1
done
grep -o '<title>.*</title>' /tmp/page
rm /tmp/page
echo "the server answers on port $PORT"
