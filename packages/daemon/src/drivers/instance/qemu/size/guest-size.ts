/** What a guest uses of the CPUs and the memory that its machine has, and how it is told to use more or less. */
import type { MachineSize } from "@lodge/core";

/** What a guest says that it uses. */
export interface GuestSize extends MachineSize {
  /** Bytes of its memory that it could do without. */
  readonly available: number;
}

export interface GuestChange {
  /** How many CPUs it is to use; missing: those that it uses. */
  readonly cpus?: number;
  /** Bytes that are about to be taken from it. */
  readonly spare?: number;
}

/**
 * Bytes that a guest keeps free when memory is taken from it: one that has none left does nothing any more but look for some, and takes part in
 * nothing.
 */
export const needed = 64 * 2 ** 20;

/**
 * Has the guest's kernel use all memory that there is and all that comes, and tells what it uses. Linux leaves new memory and CPUs unused
 * until somebody asks; where it can (5.15) memory is put where it can be taken away again. Of memory that is about to go, whole blocks
 * are put out of use before: of what is in use the kernel would first overwrite all that is free, 4 MiB after 4 MiB. That is only a help, so
 * blocks that hold more than fits elsewhere are left alone. The shell of the smallest guest starts hardly a program for all that.
 */
export function guestScript({ cpus = 0, spare = 0 }: GuestChange): string {
  return `
cpus=${cpus} spare=${Math.floor(spare / 1024)}
[ -d /sys/bus/virtio/drivers/virtio_mem ] || modprobe virtio_mem
cd /sys/devices/system
echo auto-movable >/sys/module/memory_hotplug/parameters/online_policy
echo online >memory/auto_online_blocks
told() { while read -r word value _; do [ "$word" = "$1:" ] && break; done </proc/meminfo; }
state() { [ -e "$1" ] && read -r now <"$1" && [ "$now" = "$2" ]; }
if [ $spare -gt 0 ]; then
  read -r block <memory/block_size_bytes
  block=$((0x$block / 1024))
  told MemAvailable
  for each in memory/memory[0-9]*; do
    [ $spare -ge $block ] && [ "$value" -gt $((block + ${needed / 1024})) ] || break
    state "$each/state" online && state "$each/valid_zones" Movable || continue
    timeout -s KILL 5 sh -c 'echo offline >"$1"' sh "$each/state" && spare=$((spare - block)) value=$((value - block))
  done
else
  for each in memory/memory[0-9]*/state; do state "$each" offline && echo online >"$each"; done
fi
if [ $cpus -gt 0 ]; then
  for each in cpu/cpu[0-9]*; do
    [ "\${each#cpu/cpu}" -lt $cpus ] && wanted=1 || wanted=0
    state "$each/online" $((1 - wanted)) && echo $wanted >"$each/online"
  done
fi
read -r online <cpu/online
echo "cpus $online"
told MemTotal
echo "memory $value"
told MemAvailable
echo "available $value"
`.trim();
}

/** What the script tells; undefined when that cannot be right. It comes from the guest. */
export function readGuestSize(text: string): GuestSize | undefined {
  const cpus = countCpus(/^cpus ([\d,-]{1,200})$/m.exec(text)?.[1] ?? "");
  const bytes = (word: string) => Number(new RegExp(`^${word} (\\d{1,15})$`, "m").exec(text)?.[1] ?? 0) * 1024;
  const [memory, available] = [bytes("memory"), bytes("available")];
  return cpus > 0 && memory > 0 ? { cpus, memory, available } : undefined;
}

/** In a list as Linux writes them: `0-3,6`. */
function countCpus(list: string): number {
  const counts = list.split(",").map((range) => {
    const [first = "", last = first] = range.split("-");
    return first === "" ? 0 : Number(last) - Number(first) + 1;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
