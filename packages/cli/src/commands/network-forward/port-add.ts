import type { NetworkForwardPort } from "@lodge/api";
import { Argument } from "commander";
import { changeForward } from "../../change-network.ts";
import { type CommandFactory, LodgeCommand } from "../../lodge-command.ts";

type Protocol = NetworkForwardPort["protocol"];

const add: CommandFactory = (context) =>
  new LodgeCommand("add")
    .summary("Forward ports.")
    .description("Forward ports of an address to an instance: to the same ports, to one, or to as many others.")
    .argument("<network>")
    .argument("<listen-address>", "the external address")
    .addArgument(new Argument("<protocol>").choices(["tcp", "udp"]))
    .argument("<listen-ports>", "80, 8000-8010, or several separated by commas")
    .argument("<target-address>", "address of the instance")
    .argument("[target-ports]", "ports of the instance", "")
    .option("--description <text>", "what they are for", "")
    .example("lodge network forward port add dev 192.0.2.10 tcp 80,443 10.9.9.20", "to the same ports")
    .example("lodge network forward port add dev 192.0.2.10 tcp 2222 10.9.9.21 22", "to another port")
    .action(
      async (
        network: string,
        listen: string,
        protocol: Protocol,
        listenPorts: string,
        target: string,
        targetPorts: string,
        { description }: { description: string },
      ) => {
        const port = {
          description,
          protocol,
          listen_port: listenPorts,
          target_address: target,
          target_port: targetPorts,
        };
        await changeForward(context, network, listen, ({ ports }) => ({ ports: [...ports, port] }));
      },
    );

export default add;
