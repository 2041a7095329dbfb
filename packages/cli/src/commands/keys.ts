import { text } from "node:stream/consumers";
import type { KeyboardLayout, KeyInput } from "@lodge/api";
import { keyboardLayouts } from "@lodge/api/keyboard";
import { Option } from "commander";
import type { Context } from "../context.ts";
import { follow } from "../follow.ts";
import { parseKeyWord } from "../key-words.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";
import { wholeNumber } from "../parse-value.ts";

interface KeysOptions {
  readonly layout: KeyboardLayout;
  readonly literal?: true;
  readonly interval?: number;
}

const description = [
  "Type on a virtual machine's keyboard.",
  "Words are typed as they stand, with nothing between them.",
  "In a word `<enter>`, `<f2>`, `<ctrl-c>` and `<down*3>` press keys, and `<lt>` is the character `<`.",
  "A word that is modifiers and a key, such as `ctrl-alt-delete`, presses them together; the word `-` types standard input.",
].join(" ");

const keys: CommandFactory = (context) =>
  new LodgeCommand("keys")
    .summary("Type on a virtual machine's keyboard.")
    .description(description)
    .argument("<instance>")
    .argument("<keys...>", "text, `root<enter>`, `ctrl-alt-delete`, or `-` for standard input")
    .addOption(
      new Option("--layout <layout>", "how the guest reads its keyboard").choices(keyboardLayouts).default("us"),
    )
    .option("--literal", "type every word as it stands, also < and ctrl-c")
    .option("--interval <milliseconds>", "from one key to the next; more for a guest that loses keys", wholeNumber)
    .example('lodge keys db "root<enter>"', "a name and Enter")
    .example("lodge keys db ctrl-alt-delete", "a chord")
    .example('lodge keys db --layout de "<down*2><enter>"', "to a guest with a German keyboard")
    .example("lodge keys db --literal - < script.sh", "what a file has")
    .action(async (instance: string, words: string[], options: KeysOptions) => {
      const inputs = await Promise.all(words.map((word) => readWord(context, word, options)));
      const client = await context.client();
      const { layout, interval } = options;
      const request = { keys: inputs.flat(), layout, ...(interval !== undefined && { interval }) };
      await follow(context, await client.instances.pressKeys(instance, request), `Typing on ${instance}`);
    });

async function readWord(context: Context, word: string, { literal }: KeysOptions): Promise<KeyInput[]> {
  if (word !== "-") return literal ? [{ text: word }] : parseKeyWord(word);
  const typed = await text(context.surroundings.stdin);
  return typed === "" ? [] : [{ text: typed }];
}

export default keys;
