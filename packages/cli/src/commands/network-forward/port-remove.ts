import type { NetworkForwardPort } from "@lodge/api";
import { LodgeError } from "@lodge/api/errors";
import { Argument } from "commander";
import { changeForward } from "../../change-network.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

const remove: CommandFactory = (context) =>
  new LodgeCommand("remove")
    .summary("Forward ports no more.")
    .description("Forward ports of an address no more, as they were added; several entries at once need --force.")
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .addArgument(new Argument("[protocol]").choices(["tcp", "udp"]))
    .argument("[listen-ports]", "as they were added")
    .option("--force", "all that fit")
    .example("lodge network forward port remove dev 192.0.2.10 tcp 80,443", "one entry")
    .example("lodge network forward port remove dev 192.0.2.10 --force", "all ports")
    .action(
      async (
        network: string,
        listen: string,
        protocol: string | undefined,
        listenPorts: string | undefined,
        { force }: { force?: true },
      ) => {
        const fits = (port: NetworkForwardPort) =>
          (protocol === undefined || port.protocol === protocol) &&
          (listenPorts === undefined || port.listen_port === listenPorts);
        await changeForward(context, network, listen, ({ ports }) => {
          const removed = ports.filter(fits);
          if (removed.length === 0 || (removed.length > 1 && !force)) throw refusal(listen, removed);
          return { ports: ports.filter((port) => !fits(port)) };
        });
      },
    );

function refusal(listen: string, fitting: readonly NetworkForwardPort[]): LodgeError {
  const which = fitting.map((port) => `${port.protocol} ${port.listen_port}`).join("; ");
  return new LodgeError({
    code: "request_invalid",
    message: which
      ? `Several entries of ${listen} fit (${which}); name one, or take all of them away with --force.`
      : `No such ports of ${listen} are forwarded.`,
  });
}

export default remove;
