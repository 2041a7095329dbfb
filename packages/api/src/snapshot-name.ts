/** What a snapshot may be called: part of a path and of `INSTANCE/SNAPSHOT`. Free of zod. */

/** What LXD and Incus take, without what a URL or a shell would have to quote. */
export const snapshotName = /^[a-zA-Z0-9](?:[^\s/$?&+"'`*%\\]{0,62}[a-zA-Z0-9])?$/;

export const snapshotNameRule =
  "must have 1 to 64 characters, begin and end with a letter or digit, and hold no white space and none of / $ ? & + \" ' ` * % \\";
