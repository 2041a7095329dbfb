/** Pax headers: `LENGTH KEYWORD=VALUE` in lines. Values may hold any byte; a character stands for each (latin1). */

export type PaxRecords = ReadonlyMap<string, string>;

/** Undefined when it is none. A keyword that comes again counts as it does last. */
export function parsePax(content: Buffer): PaxRecords | undefined {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const [, digits = ""] = /^(\d{1,9}) /.exec(content.toString("latin1", at, at + 10)) ?? [];
    const end = at + Number(digits);
    const line = content.toString("latin1", at + digits.length + 1, end - 1);
    const equals = line.indexOf("=");
    if (digits === "" || end > content.length || content[end - 1] !== 0x0a || equals < 1) return undefined;
    records.set(line.slice(0, equals), line.slice(equals + 1));
    at = end;
  }
  return records;
}

export function encodePax(records: PaxRecords): Buffer {
  return Buffer.concat([...records].map(([keyword, value]) => Buffer.from(encodeRecord(keyword, value), "latin1")));
}

/** The length counts itself. */
function encodeRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}
