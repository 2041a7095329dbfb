import { type Agent, request } from "node:http";

/** Bytes of what a GET on a unix socket is answered, which are not kept. Any status but 200 is an error. */
export function lengthOf(agent: Agent, socketPath: string, path: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const asked = request({ agent, socketPath, path }, (response) => {
    let length = 0;
    response.on("data", (piece: Buffer) => {
      length += piece.length;
    });
    response.once("end", () => {
      if (response.statusCode === 200) resolve(length);
      else reject(new Error(`${path}: status ${response.statusCode}`));
    });
    response.once("error", reject);
  });
  asked.once("error", reject).end();
  return promise;
}
