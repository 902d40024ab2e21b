#!/usr/bin/env bash
# Copies what changed since the last run, and keeps seven days.
set -euo pipefail

readonly source="${1:?where from}"
readonly target="${2:-/var/backups}"
today="$(date +%F)"

log() { printf '%s %s\n' "$(date -Is)" "$*" >&2; }

if [[ ! -d "$source" ]]; then
    log "no such directory: $source"
    exit 2
fi

mkdir -p "$target/$today"
rsync --archive --delete --link-dest="$target/latest" "$source/" "$target/$today/"
ln -sfn "$today" "$target/latest"

for old in "$target"/20??-??-??; do
    age=$(( ( $(date +%s) - $(date -d "$(basename "$old")" +%s) ) / 86400 ))
    case "$age" in
        [0-7]) continue ;;
        *) log "removing $old ($age days)"; rm -rf -- "$old" ;;
    esac
done

cat <<EOF | mail -s "backup of $source" root
Copied $(du -sh "$target/$today" | cut -f1) to $target.
EOF
curl -fsS -X POST -H 'content-type: application/json' -d '{"ok": true}' "https://example.com/hook?day=$today" || log "hook failed"
