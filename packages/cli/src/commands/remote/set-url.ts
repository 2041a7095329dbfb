import { parseAddress } from "@lodge/sdk";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const setUrl: CommandFactory = (context) =>
  new LodgeCommand("set-url")
    .summary("Say where a server is now.")
    .description("Say where a server is now. It must still show the certificate that you accepted.")
    .argument("<remote>")
    .argument("<address>", "https://HOST[:PORT]")
    .example("lodge remote set-url lab https://192.0.2.7:8443", "after it moved")
    .action((name: string, address: string) => {
      const url = context.remotes.offersImagesOnly(name) ? address : `https://${parseAddress(address).host}`;
      context.remotes.setAddress(name, url);
      context.say(`${name} is at ${url} now.`);
    });

export default setUrl;
