import { type Case, refused } from "../case.ts";
import { file, memoryLimit, runs } from "../on-host.ts";

/** Where images come from. */
const mirror: Case = ["lxc remote add images-remote https://127.0.0.1:8444 --protocol=simplestreams", ""];

/** What comes before on the daemon's own host. */
export const atHome: readonly Case[] = [mirror];

/** What comes before by HTTPS: the daemon becomes the remote `lab`. */
export const fromAfar: readonly Case[] = [
  mirror,
  ["lxc remote add lab $(cat token)", ""],
  ["lxc remote switch lab && lxc remote get-default", "lab"],
];

/**
 * What anybody tries first. `here` is the remote that stands for the daemon, which has an image `tiny` for virtual machines;
 * `images-remote` offers one for containers.
 */
export const mustShow = (here: string): readonly Case[] => [
  ["lxc launch tiny b --vm", /Starting b/, runs("b")],
  [`lxc image copy images-remote:tiny ${here}:`, /Image copied successfully/],
  ["lxc image alias create tiny $(lxc image list type=container -f csv -c F)", ""],
  ["lxc launch tiny a", /Starting a/, runs("a")],
  // The client asks what `tiny` is before it asks for anything, and is told of the container's image.
  ["lxc init tiny v --vm", refused(/Asked for a VM but image is of type container/)],
  ["lxc init tiny/vm v --vm && lxc list v -f csv -c t && lxc delete v", /VIRTUAL-MACHINE$/],
  [
    'F=$(lxc image list type=container -f csv -c F); lxc query -X POST --wait -d "{\\"name\\": \\"v\\", \\"type\\": \\"virtual-machine\\", \\"source\\": {\\"type\\": \\"image\\", \\"fingerprint\\": \\"$F\\"}}" /1.0/instances > made && lxc list v -f csv -c t && lxc delete v',
    "VIRTUAL-MACHINE",
  ],
  ["lxc list", /\| a +\| RUNNING \|.*\| CONTAINER +\| 0 .*\n(.*\n)*\| b +\| RUNNING \|.*\| VIRTUAL-MACHINE \| 0 /],
  ["lxc exec a -- hostname", "a"],
  ["until lxc exec b -- true; do sleep 0.1; done 2>/dev/null; lxc exec b -- hostname", "b"],
  ["echo hello > greeting; lxc file push greeting a/root/greeting && lxc exec a -- cat /root/greeting", "hello"],
  ["lxc file push greeting b/root/greeting && lxc exec b -- cat /root/greeting", "hello"],
  ["lxc file pull a/etc/passwd . && lxc file pull b/root/greeting pulled", "", file("passwd", /^root:/)],
  ["lxc config set a limits.memory 256MiB", "", memoryLimit("a", 256)],
  ["lxc config get a limits.memory", "256MiB"],
  ["lxc snapshot a s && lxc restore a s", ""],
  ["lxc exec a -- rm /root/greeting && lxc restore a s && lxc exec a -- cat /root/greeting", "hello"],
  ["lxc snapshot b s && lxc exec b -- rm /root/greeting && lxc restore b s", "", runs("b")],
  ["until lxc exec b -- true; do sleep 0.1; done 2>/dev/null; lxc exec b -- cat /root/greeting", "hello"],
  ["lxc publish a --alias golden --force", /fingerprint: [0-9a-f]{64}/, runs("a")],
  ["lxc image list golden -f csv -c lt", "golden,CONTAINER"],
  ["lxc launch golden again && lxc exec again -- cat /root/greeting && lxc delete -f again", /hello/],
  ["lxc export a && lxc import backup.tar.gz imported", "Backup exported successfully!", file("backup.tar.gz", /./)],
  ["lxc start imported && lxc exec imported -- cat /root/greeting", "hello"],
  ["lxc copy a copied && lxc list copied -f csv -c nsS", "copied,STOPPED,1"],
  ["lxc move copied moved && lxc list -f csv -c n", "a\nb\nimported\nmoved"],
  [
    "lxc monitor --type=lifecycle > seen & until lxc config set a user.x=$((i=i+1)) && grep -q instance-updated seen; do :; done; kill $!",
    "",
    file("seen", /source: \/1.0\/instances\/a/),
  ],
  ["lxc delete -f a b imported moved && lxc image delete golden && lxc list -f csv", ""],
  [
    "lxc image delete $(lxc image list type=container -f csv -c F) && lxc image list -f csv -c lt",
    "tiny,VIRTUAL-MACHINE",
  ],
];
