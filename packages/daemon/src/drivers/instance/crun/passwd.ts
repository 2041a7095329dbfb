export interface GuestUser {
  readonly name: string;
  readonly home: string;
}

/** Who has this uid in a guest's /etc/passwd. What is not there, or not sound, gets a default. */
export function findUser(passwd: string, uid: number): GuestUser {
  for (const line of passwd.split("\n")) {
    const [name, , id, , , home] = line.split(":");
    if (!name || id !== String(uid)) continue;
    return { name, home: home?.startsWith("/") && !home.includes("\0") ? home : "/" };
  }
  return uid === 0 ? { name: "root", home: "/root" } : { name: String(uid), home: "/" };
}
