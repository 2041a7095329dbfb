import { InvalidArgumentError, Option } from "commander";
import { attachTerminal } from "../attach-console.ts";
import { attachScreen } from "../attach-screen.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { type ListenAddress, parseListenAddress } from "../screen/listen.ts";
import { parseKey } from "../terminal/detach-keys.ts";

const ctrlA = 1;

interface ConsoleOptions {
  readonly log?: true;
  readonly type?: "console" | "vga";
  readonly listen?: ListenAddress;
  readonly viewer: boolean;
  readonly escape: number;
}

const consoleCommand: CommandFactory = (context) =>
  new LodgeCommand("console")
    .summary("Attach to the console or the screen, or print what it has shown.")
    .description("Attach to an instance's console or a virtual machine's screen, or print what the console has shown.")
    .argument("<instance>")
    .option("--log", "print what the console showed in this or the last run")
    .addOption(
      new Option("--type <type>", "a terminal, or a virtual machine's screen by VNC").choices(["console", "vga"]),
    )
    .option("--listen <where>", "with vga: port of 127.0.0.1, or path of a unix socket, for viewers", listenAddress)
    .option("--no-viewer", "with vga: start no remote-viewer or vncviewer, print where the screen is")
    .option("--escape <key>", "the key before q that detaches, such as ^a or ^]", escapeKey, ctrlA)
    .example("lodge console web", "attach; Ctrl-a q detaches")
    .example("lodge console db --log | tail", "the end of what it printed")
    .example("lodge console db --type vga", "a virtual machine's screen in a viewer; Ctrl-C ends it")
    .action(async (instance: string, options: ConsoleOptions) => {
      if (options.type === "vga") {
        await attachScreen(context, instance, options);
        return;
      }
      const client = await context.client();
      if (options.log) {
        context.surroundings.stdout.write(await client.instances.consoleLog(instance));
        return;
      }
      await attachTerminal(context, instance, options.escape);
    });

function listenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (!address)
    throw new InvalidArgumentError("It must be a port, 1 to 65535, or the path of a socket, such as ./db.vnc.");
  return address;
}

function escapeKey(text: string): number {
  const key = parseKey(text);
  if (key === undefined) throw new InvalidArgumentError("It must be a key with Ctrl, such as ^a or ^].");
  return key;
}

export default consoleCommand;
