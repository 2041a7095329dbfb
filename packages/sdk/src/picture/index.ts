/** Pictures of screens: what `screenshot` gives, decoded and compared. */
export { type Picture, sameScreen } from "./picture.ts";
export { decodePng } from "./png.ts";
