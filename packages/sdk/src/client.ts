import { Certificates } from "./certificates.ts";
import { ConsoleSignIn } from "./console-sign-in.ts";
import { Events } from "./events.ts";
import { GovernorInfo } from "./governor.ts";
import { Images } from "./images.ts";
import { Instances } from "./instances.ts";
import { Networks } from "./networks.ts";
import { Operations } from "./operations.ts";
import { Pools } from "./pools.ts";
import { Profiles } from "./profiles.ts";
import { Projects } from "./projects.ts";
import { Rest } from "./rest.ts";
import { ServerInfo } from "./server.ts";
import { Templates } from "./templates.ts";
import type { Transport } from "./transport.ts";
import { UsageOfAll } from "./usage.ts";
import { Warnings } from "./warnings.ts";

/** A daemon's API, a property a noun. Failures are LodgeErrors. */
export class LodgeClient {
  readonly instances: Instances;
  readonly images: Images;
  readonly operations: Operations;
  readonly events: Events;
  readonly networks: Networks;
  readonly pools: Pools;
  readonly profiles: Profiles;
  readonly projects: Projects;
  readonly templates: Templates;
  readonly server: ServerInfo;
  readonly certificates: Certificates;
  readonly governor: GovernorInfo;
  readonly warnings: Warnings;
  readonly usage: UsageOfAll;
  readonly console: ConsoleSignIn;
  readonly #transport: Transport;

  constructor(transport: Transport, project?: string) {
    const rest = new Rest(transport, project);
    this.#transport = transport;
    this.instances = new Instances(rest);
    this.images = new Images(rest);
    this.operations = new Operations(rest);
    this.events = new Events(rest);
    this.networks = new Networks(rest);
    this.pools = new Pools(rest);
    this.profiles = new Profiles(rest);
    this.projects = new Projects(rest);
    this.templates = new Templates(rest);
    this.server = new ServerInfo(rest);
    this.certificates = new Certificates(rest);
    this.governor = new GovernorInfo(rest);
    this.warnings = new Warnings(rest);
    this.usage = new UsageOfAll(rest);
    this.console = new ConsoleSignIn(rest);
  }

  /** Ends idle connections; not needed for a process to end. */
  close(): void {
    this.#transport.close();
  }
}
