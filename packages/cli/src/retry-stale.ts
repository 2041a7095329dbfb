import { asLodgeError } from "@lodge/api/errors";

/** How often another's change in between is met by reading again. */
const attempts = 3;

/** Does a change that reads first; when another's change came in between, reads and does it again. */
export async function retryStale<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (asLodgeError(error).code !== "etag_mismatch" || attempt === attempts) throw error;
    }
  }
}
