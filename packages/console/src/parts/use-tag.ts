import { useState } from "react";

/** The tag of something as it is when a form of it is opened: what others change meanwhile is not overwritten. */
export function useTag(read: () => Promise<{ readonly etag: string }>): Promise<string> {
  const [tag] = useState(() =>
    read().then(
      ({ etag }) => etag,
      // It is asked for again by the change itself, which says what is wrong.
      () => "",
    ),
  );
  return tag;
}
