#!/usr/bin/env bash
# Measures training steps and runs the smoke profile on a GPU, in under 10 minutes, and writes outputs/bench/gpu.jsonl.
# Needs Deno (DENO=PATH, or on PATH) and node_modules/ as `deno install` left it; no network. Says first what is missing.
# Without a GPU, which a Vulkan driver in software stands in for, the rows go to outputs/local/bench/gpu.jsonl.
#
#   NETWORKS="mlp"  the networks (mlp lenet convnet)        BATCH=100      samples in a step
#   STEP_LIMIT=60   seconds for a row of steps              SMOKE_LIMIT=120  for the smoke profile
#   LIMIT=570       seconds in all                          OUT=FILE       where the rows go
set -uo pipefail
cd "$(dirname "$0")/../.."
deno=${DENO:-deno}
networks=${NETWORKS:-mlp lenet convnet}
say() { echo "$*" >&2; }

command -v "$deno" >/dev/null || { say "error: Deno: expected DENO=PATH or deno on PATH, got none"; exit 1; }
[ -d node_modules/onnxruntime-node ] || { say "error: packages: expected node_modules/, which \`deno install\` makes, got none"; exit 1; }

# What there is.
library() { # a shared library's path, if the loader finds it
  local folder path=${LD_LIBRARY_PATH:-}
  for folder in ${path//:/ }; do [ -e "$folder/$1" ] && echo "$folder/$1" && return; done
  ldconfig -p 2>/dev/null | awk -v name="$1" '$1 == name { print $NF; found = 1; exit } END { exit !found }'
}
devices=(cpu)
gpu=$(nvidia-smi --query-gpu=name,driver_version --format=csv,noheader 2>/dev/null | head -1)
if [ -n "$gpu" ]; then
  say "GPU: $gpu"
  out=${OUT:-outputs/bench/gpu.jsonl}
else
  out=${OUT:-outputs/local/bench/gpu.jsonl}
  say "GPU: nvidia-smi finds none; the rows are not a GPU's, so they go to $out"
fi
drivers=$(ls ${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}} /usr/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json 2>/dev/null | sort -u | tr '\n' ' ')
adapter=$(vulkaninfo --summary 2>/dev/null | awk -F= '/deviceName/ { sub(/^ */, "", $2); print $2 }' | paste -sd,)
if ! library libvulkan.so.1 >/dev/null; then
  say "Vulkan: libvulkan.so.1 is missing (Debian: libvulkan1); webgpu is left out"
elif [ -z "$drivers" ]; then
  say "Vulkan: no driver in /usr/share/vulkan/icd.d or /etc/vulkan/icd.d; webgpu is left out"
else
  say "Vulkan: ${adapter:-drivers $drivers(vulkaninfo is missing or finds none; Debian: vulkan-tools)}"
  devices+=(webgpu)
fi
provider=$(ls node_modules/onnxruntime-node/bin/napi-v*/linux/*/libonnxruntime_providers_cuda.so 2>/dev/null | head -1)
if [ -z "$provider" ]; then
  say "CUDA: onnxruntime-node's package holds no libonnxruntime_providers_cuda.so; cuda is left out"
elif ! library libcuda.so.1 >/dev/null; then
  say "CUDA: libcuda.so.1, the driver's, is missing; cuda is left out"
elif ! library libcudnn.so.9 >/dev/null; then
  say "CUDA: libcudnn.so.9 is missing; cuda is left out"
else
  devices+=(cuda)
fi

# Runs a command for at most so many seconds, and not beyond the limit for all; its standard output is a row.
limit=${LIMIT:-570}
row() { # name seconds command...
  local name=$1 seconds=$2 left=$((limit - SECONDS)) log code=0 line
  shift 2
  [ "$seconds" -le "$left" ] || seconds=$left
  [ "$seconds" -ge 5 ] || { say "$name: left out: $SECONDS of $limit s are over"; return 1; }
  log=$(mktemp)
  line=$(timeout -k 5 "$seconds" "$@" 2>"$log" | tail -1) || code=$?
  if [ "$code" = 0 ] && [ -n "$line" ]; then
    echo "$line" | tee -a "$out"
  elif [ "$code" = 124 ] || [ "$code" = 137 ]; then
    say "$name: not done in $seconds s"
  else
    say "$name: failed: $(grep -v '^ *$' "$log" | head -1)"
  fi
  rm -f "$log"
  [ "$code" = 0 ]
}

permissions=(--quiet --no-check --no-prompt --cached-only --allow-read --allow-env --allow-sys --allow-ffi)
export DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
mkdir -p "$(dirname "$out")"
cores=$(nproc)
printf '{"name":"machine","gpu":"%s","adapter":"%s","cores":%s,"date":"%s"}\n' \
  "$gpu" "$adapter" "$cores" "$(date -u +%FT%TZ)" | tee "$out"
for kind in deep_defense_step clean_step; do
  for network in $networks; do
    for device in "${devices[@]}"; do
      row "$network/$kind on $device" "${STEP_LIMIT:-60}" \
        "$deno" run "${permissions[@]}" tests/bench/device_step.ts "$network/$kind" "$device" "${BATCH:-100}"
    done
  done
done

# The smoke profile's Table 1, on the processor and on every other device.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
smoke=$(cat <<'END'
device=$1 folder=$2
shift 2
begun=$SECONDS
rows=$("$@" --device "$device" --out "$folder/$device") || exit
printf '{"name":"smoke","device":"%s","seconds":%s,"table1":[%s]}\n' \
  "$device" $((SECONDS - begun)) "$(paste -sd, <<<"$rows")"
END
)
for device in "${devices[@]}"; do
  workers=()
  [ "$device" = cpu ] || workers=(--workers 1)
  row "smoke on $device" "${SMOKE_LIMIT:-120}" bash -c "$smoke" smoke "$device" "$folder" \
    "$deno" run "${permissions[@]}" --allow-write lib/cli.ts reproduce --profile smoke --only table1 --network mlp --json "${workers[@]}"
done
say "$out: $(wc -l <"$out") rows in $SECONDS s"
