const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** `3d 4h`, `2h 5m`, `12m 3s`, `8s`: the two largest units. */
export function formatDuration(seconds: number): string {
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor((seconds % 86_400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [Math.floor(seconds % 60), "s"],
  ];
  const first = Math.max(
    0,
    parts.findIndex(([count]) => count > 0),
  );
  const shown = parts.findIndex(([count]) => count > 0) < 0 ? parts.slice(3) : parts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count}${unit}`).join(" ");
}

/** RFC 3339 to `2026-01-02 03:04:05` in local time. */
export function formatClock(timestamp: string): string {
  return `${formatTime(timestamp)}:${String(new Date(timestamp).getSeconds()).padStart(2, "0")}`;
}

/** RFC 3339 to `2026-01-02 03:04` in local time; the wire's "never" is empty. */
export function formatTime(timestamp: string): string {
  if (timestamp.startsWith("0001-")) return "";
  const time = new Date(timestamp);
  const two = (number: number) => String(number).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
