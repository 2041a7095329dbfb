const sizes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in words: `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(sizes.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${sizes[power]}`;
}

/** `5 min ago`; empty for the zero time. */
export function formatAgo(time: string, now = Date.now()): string {
  const seconds = Math.round((now - Date.parse(time)) / 1000);
  if (Number.isNaN(seconds) || time.startsWith("0001")) return "";
  if (seconds < 60) return seconds < 5 ? "just now" : `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** In the reader's own form; empty for the zero time. */
export function formatTime(time: string): string {
  return !time || time.startsWith("0001") ? "" : new Date(time).toLocaleString();
}
