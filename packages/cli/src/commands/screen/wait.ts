import { LodgeError } from "@lodge/api/errors";
import { Option } from "commander";
import type { Context } from "../../context.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";
import { wantedText } from "../../ocr/wanted-text.ts";
import { seconds } from "../../parse-value.ts";
import { waitForChange, waitForStillness, waitForText } from "../../watch-screen.ts";

interface WaitOptions {
  readonly text?: string;
  readonly change?: true;
  /** Seconds. */
  readonly stable?: number;
  readonly timeout: number;
  readonly language: string;
}

const defaultStillness = 2;

const description = [
  "Wait until a virtual machine's screen shows a text, something else than now, or the same for a while.",
  "Text is read by tesseract: case, spaces, punctuation and letters that look alike make no difference;",
  "`/…/` is a regular expression instead. What was found is printed.",
].join(" ");

const wait: CommandFactory = (context) =>
  new LodgeCommand("wait")
    .summary("Wait until a virtual machine's screen shows a text, changes, or stands still.")
    .description(description)
    .argument("<instance>")
    .addOption(new Option("--text <text>", "until this text is there").conflicts(["change", "stable"]))
    .addOption(new Option("--change", "until it shows something else than now").conflicts(["text", "stable"]))
    .addOption(
      new Option("--stable [seconds]", "until it has shown the same for so long")
        .argParser(seconds)
        .preset(defaultStillness)
        .conflicts(["text", "change"]),
    )
    .option("--timeout <seconds>", "how long at most", seconds, 300)
    .option("--language <code>", "what it is written in, such as deu or eng+fra", "eng")
    .example('lodge screen wait db --text "login:"', "until a guest asks who one is")
    .example('lodge screen wait db --text "/version [0-9.]+/i"', "until a version is shown, and print it")
    .example("lodge screen wait db --stable 5 --timeout 60", "until nothing has moved for five seconds")
    .action(async (instance: string, options: WaitOptions) => waitForScreen(context, instance, options));

async function waitForScreen(context: Context, instance: string, options: WaitOptions): Promise<void> {
  const client = await context.client();
  const signal = AbortSignal.timeout(options.timeout * 1000);
  let seen = "";
  const camera = () => client.instances.screenshot(instance);
  const { language } = options;
  try {
    if (options.text !== undefined) {
      const watch = { language, signal, seen: (text: string) => (seen = text) };
      context.print(await waitForText(camera, wantedText(options.text), watch));
    } else if (options.stable !== undefined) await waitForStillness(camera, options.stable * 1000, signal);
    else if (options.change) await waitForChange(camera, signal);
    else throw new LodgeError({ code: "request_invalid", message: "Say what for: --text, --change or --stable." });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LodgeError({ code: "timed_out", message: complaint(instance, options, seen), cause: error });
  }
}

function complaint(instance: string, { text, stable, timeout }: WaitOptions, seen: string): string {
  const hint = `\`lodge screenshot ${instance} screen.png\` shows it`;
  if (stable !== undefined) return `The screen of ${instance} did not stand still within ${timeout} s; ${hint}.`;
  if (text === undefined) return `The screen of ${instance} did not change within ${timeout} s; ${hint}.`;
  const shown = seen === "" ? "no text could be read from it" : `it has:\n${seen}`;
  return `The screen of ${instance} did not show "${text}" within ${timeout} s (${hint}); ${shown}`;
}

export default wait;
