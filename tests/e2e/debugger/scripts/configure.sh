#!/bin/sh
set -e
echo port=8080 > /srv/app/config
echo configured >> /srv/app/layers
