import { Argument } from "commander";
import { completionScripts } from "../completion/scripts.ts";
import { type CommandFactory, LodgeCommand } from "../lodge-command.ts";

const shells = ["bash", "zsh", "fish"] as const;

const completion: CommandFactory = (context) =>
  new LodgeCommand("completion")
    .summary("Print a script that completes commands and names in a shell.")
    .description("Print the script that makes a shell complete lodge's commands, options and names.")
    .addArgument(new Argument("<shell>").choices(shells))
    .example("source <(lodge completion bash)", "for this bash; put the line into ~/.bashrc to keep it")
    .example("lodge completion zsh > ~/.zfunc/_lodge", "for zsh, with ~/.zfunc in fpath")
    .example("lodge completion fish > ~/.config/fish/completions/lodge.fish", "for fish")
    .action((shell: (typeof shells)[number]) => context.print(completionScripts[shell]));

export default completion;
