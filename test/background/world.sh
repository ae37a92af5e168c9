#!/bin/bash
# world.sh MODE OUT NODE [ARGUMENT...]: boots a real systemd in namespaces of its own, and runs NODE beside it. MODE is user (the manager of an
# unprivileged user, ada) or system (process 1). Neither the processes nor the mounts nor the control groups of the machine are touched.
set -eu
export MODE=$1 OUT=$2
shift 2

mount_point=$(awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
group=$mount_point${own%/}/nightshift-test-$$
mkdir "$group"
trap 'find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true' EXIT

inside() {
  set -eu
  # As at the start of a machine: what systemd mounts for a service is to be seen by it.
  mount --make-rshared /
  umount -R /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t proc proc /proc
  mount --bind /proc/sys /proc/sys
  mount -o remount,ro,bind /proc/sys
  for folder in /run /home /etc/systemd/system; do mount -t tmpfs -o mode=755 tmpfs $folder; done
  mkdir -p /home/ada /run/user/4242 /run/systemd/system /run/systemd/unit-root /run/units
  # The crontabs of the machine are none of its users'.
  if crontabs=$(stat -c 'mode=%a,gid=%g' /var/spool/cron/crontabs 2>/dev/null); then
    mount -t tmpfs -o "$crontabs" tmpfs /var/spool/cron/crontabs
  fi
  for file in passwd group; do
    # The machine may have an ada of its own.
    grep -v '^ada:' /etc/$file > /run/$file
    mount --bind /run/$file /etc/$file
  done
  echo 'ada:x:4242:4242::/home/ada:/bin/sh' >> /etc/passwd
  echo 'ada:x:4242:' >> /etc/group
  chown ada: /home/ada /run/user/4242 "$OUT"
  chmod 700 /home/ada /run/user/4242
  "inside_$MODE" "$@"
}

inside_user() {
  clean=(env -i HOME=/home/ada LANG=C.UTF-8 "PATH=$PATH" XDG_RUNTIME_DIR=/run/user/4242)
  as_ada=(setpriv --reuid 4242 --regid 4242 --clear-groups "${clean[@]}")
  mkdir /sys/fs/cgroup/ada
  chown -R ada: /sys/fs/cgroup/ada
  (
    echo 0 > /sys/fs/cgroup/ada/cgroup.procs
    exec "${as_ada[@]}" SYSTEMD_LOG_TARGET=console /lib/systemd/systemd --user --unit=basic.target
  ) &> "$OUT/manager.log" &
  wait_for /run/user/4242/systemd/private
  "${as_ada[@]}" "$@" &> "$OUT/scenario.log" || true
}

inside_system() {
  mount -t tmpfs -o mode=700 tmpfs /root
  mount -t tmpfs tmpfs /var/lib
  for target in basic sysinit shutdown multi-user network-online; do echo '[Unit]' > /run/units/$target.target; done
  (
    wait_for /run/systemd/private
    "$@" &> "$OUT/scenario.log" || true
    # Process 1 ends, and everything with it.
    kill -s RTMIN+14 1
  ) &
  export container=nightshift-test SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/units SYSTEMD_LOG_TARGET=console
  exec /lib/systemd/systemd --system --unit=basic.target --show-status=no &> "$OUT/manager.log"
}

wait_for() {
  for _ in {1..200}; do
    [ -S "$1" ] && return
    sleep 0.05
  done
  return 1
}

export -f inside inside_user inside_system wait_for
# Not exec: what was made is removed at the end.
(
  echo 0 > "$group/cgroup.procs"
  exec unshare --mount --pid --fork --kill-child --cgroup --uts --ipc --propagation private bash -c 'inside "$@"' inside "$@"
) || true
