/** For how long a snapshot is kept, to choose from; hours. */
export const spans = [
  { words: "until it is deleted", hours: 0 },
  { words: "for an hour", hours: 1 },
  { words: "for a day", hours: 24 },
  { words: "for a week", hours: 168 },
  { words: "for 30 days", hours: 720 },
] as const;

/** When what is kept from now on for so many hours is over; undefined: never. */
export const expiryAfter = (hours: number, now = Date.now()): Date | undefined =>
  hours > 0 ? new Date(now + hours * 3_600_000) : undefined;

/** The zero time of the wire. */
export const never = "0001-01-01T00:00:00Z";
