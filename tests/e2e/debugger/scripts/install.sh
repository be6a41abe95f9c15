#!/bin/sh
set -e
echo half >> /srv/app/layers
grep -q port=9090 /srv/app/config || { echo "config has no port 9090" >&2; exit 3; }
echo installed >> /srv/app/layers
