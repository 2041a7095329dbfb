import { Link } from "@tanstack/react-router";
import { usersOf } from "./users-of.ts";

/** Shown at once. */
const most = 12;

/** By what something is used: instances to go to, and profiles by name. */
export function InstanceLinks({ urls }: { readonly urls: readonly string[] }) {
  const names = usersOf(urls, "instances");
  const profiles = usersOf(urls, "profiles");
  if (names.length + profiles.length === 0) return "nothing";
  return (
    <>
      {names.slice(0, most).map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <Link to="/instances/$name/{-$tab}" params={{ name, tab: undefined }}>
            {name}
          </Link>
        </span>
      ))}
      {names.length > most && ` and ${names.length - most} more`}
      {profiles.length > 0 &&
        `${names.length > 0 ? "; " : ""}profile${profiles.length > 1 ? "s" : ""} ${profiles.join(", ")}`}
    </>
  );
}
