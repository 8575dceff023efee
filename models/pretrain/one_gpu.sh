#!/usr/bin/env bash
# The most valuable ten minutes of one GPU: the base of the next student, on clips of a cache, which is made first where Node is.
#   bash models/pretrain/one_gpu.sh OUT [CACHE]
# OUT gets the run's folder `base` (checkpoint, curve), `base.safetensors`, which a repository can keep and any machine goes on from, and
# `measured.json`. The packages of requirements.txt and ../scale must be there. What may be changed, as VARIABLE=VALUE before it:
#   MINUTES=7 of training    CLIPS=1500 of each template (of solids twice as many)    SETTINGS="--set training.batch=64 …"
set -euo pipefail
out=$(mkdir -p "${1:?usage: bash models/pretrain/one_gpu.sh OUT [CACHE]}" && cd "$1" && pwd)
cache=$(mkdir -p "${2:-$out/cache}" && cd "${2:-$out/cache}" && pwd)
cd "$(dirname "$0")/.."
minutes=${MINUTES:-7} clips=${CLIPS:-1500}
# Eight times the clips of a step on CPUs, and its rates times the root of that but for a third: steps must be large to keep a GPU busy.
settings=${SETTINGS:---set training.batch=64 --set training.rate=1.0e-3 --set training.muon=2.5e-3 --set training.workers=$(($(nproc) - 2))}

if command -v node >/dev/null; then
  listed=$(node ../scripts/world.mjs --list | sed -n 's/.*"template":"\([^"]*\)","category":"\([^"]*\)".*/\1 \2/p')
  jobs=()
  while read -r template category; do
    many=$([ "$category" = solid-solid ] && echo $((2 * clips)) || echo "$clips")
    python -m pretrain cache --cache "$cache" --templates "$template" --clips "$many" &
    jobs+=($!)
  done <<<"$listed"
  failed=0
  for job in "${jobs[@]}"; do # `wait` alone would forget which of them failed
    wait "$job" || failed=$((failed + 1))
  done
  if [ "$failed" -gt 0 ]; then
    echo "$failed of ${#jobs[@]} templates could not be made: nothing is trained on a part of the clips. Start again to make what is missing." >&2
    exit 1
  fi
elif ! compgen -G "$cache/train-*/*.shard" >/dev/null; then
  echo "There is no Node here to make clips with, and no cache in $cache: make one elsewhere (python -m pretrain cache --cache FOLDER) and name it." >&2
  exit 1
fi

# shellcheck disable=SC2086 # settings are words
python -m pretrain train pretrain/runs/base.yaml --cache "$cache" --out "$out/base" --minutes "$minutes" \
  --set objective.autoencoder=autoencoder --set objective.remember="$out/remembered" --set training.evaluate_every=1000000 $settings
python -m pretrain pack --out "$out/base" --to "$out/base.safetensors"
python -m pretrain evaluate --out "$out/base" --cache "$cache" --measure 96 --guidance 1 --precision bf16 | tee "$out/measured.json"
