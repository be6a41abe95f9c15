#!/bin/sh
# Give the image its users. busybox has no adduser here, so the files are written.
set -eu

id=1000
for user in $USERS; do
    echo "$user:x:$id:$id::/home/$user:/bin/sh" >>/etc/passwd
    echo "$user:x:$id:" >>/etc/group
    mkdir -p "/home/$user"
    echo "user $user has id $id"
    id=$((id + 1))
done
